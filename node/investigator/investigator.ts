/** An investigator's node as the command line sees it: publishes, expects, collects, reports. */
import { MeshError } from '../core/errors.ts'
import type { DocumentId, PeerId } from '../core/ids.ts'
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
    publish: (envelope) => publish(envelope, ports.publisher),
    async *launch(envelope, signal) {
      const { kind, payload, documentId } = parseEnvelope(toUtf8(envelope))
      if (kind !== 'action')
        throw new MeshError({
          code: 'PAYLOAD_MALFORMED',
          what: 'action',
          reason: `it is a ${kind}`,
        })
      const hunt = await hunts.begin(envelope, sights(parseTarget(parseAction(payload).target)))
      const publication = publish(envelope, ports.publisher)
      yield* launched(publication, hunt.expected.length)
      yield* hunts.follow(documentId, signal)
    },
    follow: (action, signal) => hunts.follow(action, signal),
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

async function* launched(
  publication: ReturnType<typeof publish>,
  expected: number,
): AsyncGenerator<HuntEvent> {
  yield { type: 'launched', publication: await publication, expected }
}

function toSight(presence: Presence): AgentSight[] {
  const { peer, at, record } = presence
  return record === undefined ? [] : [{ peer: peer as PeerId, seenAtMs: at, record }]
}
