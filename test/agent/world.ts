/** One agent among fakes: a clock that the test moves, a disk and a ledger that fail when told to, answers read back. */
import { createAgent } from '../../node/agent/agent.ts'
import { createAnswering } from '../../node/agent/answer.ts'
import { createInsist, insistOnLedger } from '../../node/agent/insist.ts'
import { openOutbox } from '../../node/agent/outbox.ts'
import type { DocumentId } from '../../node/core/ids.ts'
import type { Policy } from '../../node/core/policy.ts'
import type { Runner } from '../../node/core/ports.ts'
import type { Answer, OperationResult } from '../../node/core/result.ts'
import { parseAnswer } from '../../node/core/result.ts'
import { parseEnvelope } from '../../node/core/envelope.ts'
import { parseTarget } from '../../node/core/target/parse.ts'
import type { AgentRecord } from '../../node/core/target/record.ts'
import type { Trust } from '../../node/core/trust.ts'
import type { VerifiedAction, VerifiedControl } from '../../node/core/verified.ts'
import { until } from '../helpers/until.ts'
import { action, fakeClock, fakeLogger, fakeRecords, node } from '../helpers/fakes.ts'

export const HOUR_MS = 3_600_000
export const MINUTE_MS = 60_000
const MESH = 'a'.repeat(32)

type ReplyTo = readonly ReturnType<typeof node>[]

export const verifiedAction = (digits: string, startMs: number, replyto: ReplyTo = [node(0)]) =>
  ({
    kind: 'action',
    envelope: { documentId: action(digits) },
    signers: ['alice-key'],
    people: new Set(['alice']),
    expiresAtMs: startMs + HOUR_MS,
    target: parseTarget('true'),
    action: {
      name: 'test',
      target: 'true',
      validfrom: startMs,
      seq: startMs,
      expireafter: startMs + HOUR_MS,
      operations: [{ module: 'file', parameters: {} }],
      replyto,
      answerwithin: 0,
    },
  }) as unknown as VerifiedAction

export const control = (fields: Record<string, unknown>) =>
  ({
    kind: 'control',
    signers: [],
    people: new Set(),
    expiresAtMs: null,
    control: fields,
  }) as unknown as VerifiedControl

export const result = (fields: Partial<OperationResult> = {}): OperationResult => ({
  module: 'file',
  status: 'success',
  foundanything: true,
  success: true,
  elements: { s1: [] },
  statistics: null,
  errors: [],
  ...fields,
})

export interface WorldOptions {
  readonly runner?: Runner
  readonly hostName?: string
  readonly badKey?: string
  readonly people?: Record<string, { nodes: { peer: string; sealing: string }[] }>
  /** Reading this host's facts waits for it. */
  readonly readFacts?: () => Promise<unknown>
  /** The first sealing waits for it. */
  readonly firstSealing?: Promise<unknown>
}

export async function openWorld(options: WorldOptions = {}) {
  const [clock, logger] = [fakeClock(), fakeLogger()]
  const [states, records, killed] = [fakeRecords(), fakeRecords(), fakeRecords()]
  const isRevoked = { value: false }
  const failures = { journal: 0, ledger: 0, read: 0 }
  const fails = (what: keyof typeof failures): void => {
    if (failures[what] === 0) return
    failures[what] -= 1
    throw new Error(`ENOSPC: ${what}`)
  }
  const events: string[] = []
  const closing = new AbortController()
  const insist = createInsist({ clock, logger, closing: closing.signal })
  const ledger = insistOnLedger(
    {
      async append({ event, status }) {
        await Promise.resolve()
        fails('ledger')
        events.push([event, status].filter((part) => part !== undefined).join(' '))
      },
    },
    insist,
  )
  const outbox = await openOutbox({ records, clock, logger })
  const sealedTo: (readonly string[])[] = []
  const dispatched: string[] = []
  const answering = createAnswering({
    self: node(3).peer,
    policy: { mesh: { id: MESH }, people: options.people ?? {} } as unknown as Policy,
    clock,
    logger,
    insist,
    signatures: { sign: () => new Uint8Array(64), verify: () => true },
    sealer: {
      async seal(plaintext, { recipients }) {
        const [unusable = [], good = []] = [true, false].map((isBad) =>
          recipients.filter((key) => (key === options.badKey) === isBad),
        )
        sealedTo.push([...new Set(good)])
        if (sealedTo.length === 1) await options.firstSealing
        return { sealed: plaintext, unusable }
      },
    },
    outbox,
    ledger,
    hostName: () => Promise.resolve(options.hostName ?? 'host'),
    mask: (answer) => Promise.resolve(answer),
    wake: () => void dispatched.push('wake'),
  })
  const started = new Set<DocumentId>()
  const runner = options.runner ?? { run: () => Promise.resolve(result()) }
  const agent = createAgent({
    clock,
    logger,
    trust: {
      policy: { ceilings: { operationseconds: 300 } },
      peopleOf: (keys: readonly string[]) => new Set(keys),
      isCancelled: () => false,
      shortfall: (_: unknown, people: ReadonlySet<string>) =>
        isRevoked.value && !people.has('bob-key') ? { module: 'file', weight: 0 } : undefined,
    } as unknown as Trust,
    journal: {
      lostBeforeMs: 0,
      has: (id) => started.has(id),
      async start(id) {
        started.add(id)
        await Promise.resolve()
        fails('journal')
      },
    },
    ledger,
    runner,
    facts: {
      async read() {
        await options.readFacts?.()
        return { name: 'host' } as unknown as AgentRecord
      },
    },
    killed,
    states: {
      ...states,
      async get(key) {
        fails('read')
        return states.get(key)
      },
    },
    answering,
    insist,
    isAnswered: (id) => outbox.hasFinal(id),
    caughtUp: () => Promise.resolve(),
    refusalOf: () => Promise.resolve(undefined),
  })
  const answers = async (): Promise<readonly Answer[]> => {
    const bodies = await Promise.all(
      outbox.waitingFor(node(0).peer).map((item) => outbox.read(item)),
    )
    return bodies.map((body) => parseAnswer(parseEnvelope(body!, 2 ** 27).payload))
  }
  return {
    agent,
    answers,
    clock,
    closing,
    dispatched,
    events,
    failures,
    isRevoked,
    killed,
    logger,
    outbox,
    records,
    sealedTo,
    states,
    give(verified = verifiedAction('1', clock.now())) {
      agent.accept(verified)
      clock.advance(0)
      return verified
    },
    /** Time passes until it holds. */
    passUntil: (condition: () => boolean, stepMs = 100) =>
      until(() => {
        if (!condition()) clock.advance(stepMs)
        return condition()
      }),
  }
}
