/** A ladder with real signatures, a store in memory and a clock that tests turn: what a node judges with, without the node. */
import type { Clock, DocumentStore, Logger, Records } from '../../node/core/ports.ts'
import type { PeerId } from '../../node/core/ids.ts'
import { parsePolicy, type PolicyFile } from '../../node/core/policy.ts'
import { createTrust, type Trust } from '../../node/core/trust.ts'
import type { Verdict } from '../../node/core/verdict.ts'
import type { Door, VerifiedDocument } from '../../node/core/verified.ts'
import { createIntake, type Intake } from '../../node/mesh/intake.ts'
import { climb, type LadderPorts } from '../../node/mesh/validate.ts'
import { createVerdictCache } from '../../node/mesh/verdict-cache.ts'
import {
  createVerificationBudget,
  type VerificationBudget,
} from '../../node/mesh/verification-budget.ts'
import { openKeyring } from '../../node/pgp/keyring.ts'
import { normalSignature, verifySignature } from '../../node/pgp/verify.ts'
import { openDocuments } from '../../node/store/documents.ts'
import { NOW_MS } from './documents.ts'

export const NEIGHBOUR = '12D3KooWNeighbour' as PeerId
export const STRANGER = '12D3KooWStranger' as PeerId

export interface TestClock extends Clock {
  nowMs: number
}

export interface TestLadder {
  readonly clock: TestClock
  readonly trust: Trust
  readonly documents: DocumentStore
  readonly budget: VerificationBudget
  readonly intake: Intake
  /** Signatures checked so far. */
  readonly verifications: () => number
  /** Runs at the start of the next check of a signature. */
  duringVerification(task: () => void | Promise<void>): void
  /** `peer code` of every penalty. */
  readonly penalties: string[]
  /** Judges without storing. */
  climb(bytes: Uint8Array, door?: Door): Promise<Verdict<VerifiedDocument>>
  /** Judges and stores. */
  take(bytes: Uint8Array, door?: Door): Promise<Verdict<VerifiedDocument>>
}

export interface LadderOptions {
  readonly nowMs?: number
  readonly records?: Records
  /** What every signer has here already. */
  readonly load?: { readonly documents: number; readonly bytes: number }
}

/** Opens a ladder under this policy. Records of an earlier ladder make it one that was restarted. */
export async function openLadder(
  file: PolicyFile,
  { nowMs = NOW_MS, records = memoryRecords(), load }: LadderOptions = {},
): Promise<TestLadder> {
  const clock = testClock(nowMs)
  const trust = createTrust(parsePolicy(file))
  const keyring = await openKeyring(file.keyring)
  const stored = await openDocuments(records, silent)
  const documents = load === undefined ? stored : { ...stored, load: () => load }
  const penalties: string[] = []
  let count = 0
  let interlude: (() => void | Promise<void>) | undefined
  const budget = createVerificationBudget(clock)
  const ports: LadderPorts = {
    trust,
    clock,
    documents,
    budget,
    cache: createVerdictCache(),
    signatures: {
      async verify(input) {
        count += 1
        const task = interlude
        interlude = undefined
        await task?.()
        // As assembly/peer.ts has it: the unhashed area is signed by nobody, so there must be none.
        const normal = normalSignature(input.sig)
        if (normal === undefined || Buffer.compare(normal, input.sig) !== 0) {
          return { ok: false, code: 'not-normal', blame: true }
        }
        return verifySignature(keyring, input)
      },
    },
  }
  const score = { penalise: (peer: PeerId, code: string) => void penalties.push(`${peer} ${code}`) }
  const intake = createIntake({ ...ports, documents, score, logger: silent })
  return {
    clock,
    trust,
    documents,
    budget,
    intake,
    penalties,
    verifications: () => count,
    duringVerification: (task) => void (interlude = task),
    climb: (bytes, door = { from: NEIGHBOUR, by: 'sync' }) => climb(bytes, door, ports),
    take: (bytes, door = { from: NEIGHBOUR, by: 'sync' }) => intake.take(bytes, door),
  }
}

/** `accept`, or the kind and code of a refusal: `reject bad-signature`. */
export const outcome = (verdict: Verdict<unknown>): string =>
  verdict.kind === 'accept' ? 'accept' : `${verdict.kind} ${verdict.code}`

export const silent: Logger = { log: () => undefined }

export function memoryRecords(): Records {
  const map = new Map<string, Uint8Array>()
  return {
    get: (key) => Promise.resolve(map.get(key)),
    put(key, value, replaced) {
      map.set(key, value)
      if (replaced !== undefined) map.delete(replaced)
      return Promise.resolve()
    },
    delete: (key) => Promise.resolve(void map.delete(key)),
    async *entries(prefix = '') {
      for (const key of [...map.keys()].toSorted()) {
        const value = map.get(key)
        if (key.startsWith(prefix) && value !== undefined) yield [key, value] as const
      }
    },
    async *keys(prefix = '') {
      yield* [...map.keys()].toSorted().filter((key) => key.startsWith(prefix))
    },
  }
}

export function testClock(nowMs: number): TestClock {
  return {
    nowMs,
    now() {
      return this.nowMs
    },
    sleep: () => Promise.resolve(),
    after: () => () => undefined,
  }
}
