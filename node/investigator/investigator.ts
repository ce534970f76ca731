/** An investigator's node as the command line sees it: publishes, expects, collects, reports. */
import { MeshError } from '../core/errors.ts'
import type { DocumentId } from '../core/ids.ts'
import type {
  AgentSight,
  HuntEvent,
  InvestigatorApi,
  NodeStatus,
} from '../core/investigator-api.ts'
import type { Clock } from '../core/ports.ts'
import type { Presence } from '../core/presence.ts'
import { evaluate } from '../core/target/evaluate.ts'
import { parseTarget, type Target } from '../core/target/parse.ts'
import { toUtf8 } from '../core/bytes.ts'
import { parseEnvelope } from '../core/envelope.ts'
import { parseAction } from '../core/action.ts'
import type { Hunts } from './hunts.ts'
import { publish, type PublisherPorts } from './publisher.ts'
import type { ResultShelf } from './result-shelf.ts'

export interface InvestigatorPorts {
  readonly clock: Clock
  readonly shelf: ResultShelf
  readonly hunts: Hunts
  readonly publisher: PublisherPorts
  presences(): readonly Presence[]
  pullPresence(): Promise<void>
  status(): Omit<NodeStatus, 'agentsKnown'>
}

export function createInvestigator(ports: InvestigatorPorts): InvestigatorApi {
  const { clock, shelf, hunts } = ports

  function sights(target?: Target): readonly AgentSight[] {
    const known = ports.presences().flatMap(toSight)
    if (target === undefined) return known
    return known.filter(({ record }) => {
      const outcome = evaluate(target, record, clock.now())
      return 'truth' in outcome && outcome.truth === true
    })
  }

  return {
    status: () => Promise.resolve({ ...ports.status(), agentsKnown: sights().length }),
    async agents(target) {
      const parsed = target === undefined ? undefined : parseTarget(target)
      await ports.pullPresence()
      return sights(parsed)
    },
    publish: async (envelope) => (await publish(envelope, ports.publisher)).confirmation,
    async *launch(envelope, signal) {
      const { payload, documentId } = requireAction(envelope)
      const expected = sights(parseTarget(parseAction(payload).target))
      const { confirmation } = await publish(envelope, ports.publisher)
      await hunts.begin(envelope, expected)
      const launched = confirmation.then((publication): HuntEvent => ({
        type: 'launched',
        publication,
        expected: expected.length,
      }))
      yield* interleave(launched, hunts.follow(documentId, { signal, isPatient: false }))
    },
    follow: (action, signal) => hunts.follow(action, { signal, isPatient: true }),
    hunts: () => Promise.resolve(shelf.hunts()),
    report: (action) => hunts.report(action),
    async evidence(action: DocumentId) {
      const { hunt } = await hunts.report(action)
      return {
        hunt,
        results: await shelf.envelopes(action),
        conflicts: await shelf.conflicts(action),
      }
    },
  }
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
function requireAction(envelope: string): ReturnType<typeof parseEnvelope> {
  const parsed = parseEnvelope(toUtf8(envelope))
  if (parsed.kind === 'action') return parsed
  throw new MeshError({
    code: 'PAYLOAD_MALFORMED',
    what: 'action',
    reason: `it is a ${parsed.kind}`,
  })
}

function toSight(presence: Presence): AgentSight[] {
  const { peer, at, record } = presence
  return record === undefined ? [] : [{ peer, seenAtMs: at, record }]
}
