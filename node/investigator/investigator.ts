/** An investigator's node as the command line sees it: publishes, expects, collects, reports. */
import { hasCode, MeshError } from '../core/errors.ts'
import type { DocumentId } from '../core/ids.ts'
import type { HuntEvent, InvestigatorApi, NodeStatus } from '../core/investigator-api.ts'
import type { Clock } from '../core/ports.ts'
import type { Presence } from '../core/presence.ts'
import { SECOND_MS } from '../core/time.ts'
import { parseTarget } from '../core/target/parse.ts'
import { toUtf8 } from '../core/bytes.ts'
import { type Envelope, parseEnvelope } from '../core/envelope.ts'
import { parseAction } from '../core/action.ts'
import type { Hunts } from './hunts.ts'
import { publish, type Published, type PublisherPorts } from './publisher.ts'
import type { ResultShelf } from './result-shelf.ts'
import { meant, sightsOf } from './sights.ts'

export interface InvestigatorPorts {
  readonly clock: Clock
  readonly shelf: ResultShelf
  readonly hunts: Hunts
  readonly publisher: PublisherPorts
  presences(): readonly Presence[]
  pullPresence: () => Promise<void>
  status(): Omit<NodeStatus, 'agentsKnown'>
}

/** A neighbour that hangs must not hold up every command; what it tells later is there for the next. */
const PULL_PATIENCE_MS = 3 * SECOND_MS

interface Sent extends Published {
  /** Agents that its hunt waits for. */
  readonly expected: number
}

export function createInvestigator(ports: InvestigatorPorts): InvestigatorApi {
  const { clock, shelf, hunts } = ports

  const sights = (): ReturnType<typeof sightsOf> => sightsOf(ports.presences())

  /** On disk before it is sent: whoever is asked can be followed up after any crash. */
  async function send(envelope: string, { documentId, payload }: Envelope): Promise<Sent> {
    const isNew = shelf.hunt(documentId) === undefined
    const target = parseTarget(parseAction(payload).target)
    const { expected } = await hunts.begin(envelope, meant(target, sights(), clock.now()))
    try {
      return { ...(await publish(envelope, ports.publisher)), expected: expected.length }
    } catch (error) {
      if (isNew && hasCode(error, 'REFUSED')) await shelf.dropHunt(documentId)
      throw error
    }
  }

  return {
    status: () => Promise.resolve({ ...ports.status(), agentsKnown: sights().length }),
    async agents(target) {
      const parsed = target === undefined ? undefined : parseTarget(target)
      await pullPatiently(ports)
      return parsed === undefined ? sights() : meant(parsed, sights(), clock.now())
    },
    publish: async (envelope) => (await publish(envelope, ports.publisher)).confirmation,
    async *launch(envelope, signal) {
      const action = requireAction(envelope)
      const { confirmation, expected } = await send(envelope, action)
      const launched = confirmation.then((publication): HuntEvent => ({
        type: 'launched',
        publication,
        expected,
      }))
      yield* interleave(launched, hunts.follow(action.documentId, { signal, isPatient: false }))
    },
    follow: (action, signal) => hunts.follow(action, { signal, isPatient: true }),
    hunts: () => Promise.resolve(shelf.hunts()),
    report: (action) => hunts.report(action),
    async evidence(action: DocumentId) {
      return {
        hunt: hunts.find(action),
        results: await shelf.envelopes(action),
        conflicts: await shelf.conflicts(action),
      }
    },
  }
}

async function pullPatiently({ clock, pullPresence }: InvestigatorPorts): Promise<void> {
  const patience = Promise.withResolvers<undefined>()
  const cancel = clock.after(PULL_PATIENCE_MS, () => {
    patience.resolve(undefined)
  })
  await Promise.race([pullPresence(), patience.promise])
  cancel()
}

/** One event that comes when it comes, and a stream that goes on meanwhile; the stream's end waits for it. */
async function* interleave(
  single: Promise<HuntEvent>,
  stream: AsyncGenerator<HuntEvent>,
): AsyncGenerator<HuntEvent> {
  let isOut = false
  const once = single.then((event) => ({ event, isSingle: true }))
  const advance = async (): Promise<{ event: HuntEvent | undefined; isSingle: boolean }> => {
    const step = await stream.next()
    return { event: step.done === true ? undefined : step.value, isSingle: false }
  }
  try {
    let next = advance()
    for (;;) {
      const { event, isSingle } = await (isOut ? next : Promise.race([once, next]))
      if (!isSingle) next = advance()
      if (!isOut && (isSingle || event === undefined || event.type === 'done')) {
        isOut = true
        yield await single
      }
      if (event === undefined) return
      if (!isSingle) yield event
    }
  } finally {
    await stream.return(undefined)
  }
}

/** @throws MeshError PAYLOAD_MALFORMED for another kind of document */
function requireAction(envelope: string): Envelope {
  const parsed = parseEnvelope(toUtf8(envelope))
  if (parsed.kind === 'action') return parsed
  throw new MeshError({
    code: 'PAYLOAD_MALFORMED',
    what: 'action',
    reason: `it is a ${parsed.kind}`,
  })
}
