/**
 * Answers as they were signed, kept for good: the first final answer of an agent stands, a differing second is kept as a
 * conflict under its digest.
 *
 * DEV NOTE. The same answer comes more than once and over several streams at a time: an agent that heard no acknowledgement
 * delivers again. One agent's answers to one action therefore take turns, so that what is found on disk is still so when
 * the next record is written. Bounded: one final and one `started` an agent and action, and a few conflicts; hunts are held
 * in memory, answers are not.
 */
import { fromUtf8, sha256Hex, toUtf8 } from '../core/bytes.ts'
import { parseEnvelope } from '../core/envelope.ts'
import { type HuntRecord, huntRecord } from '../core/hunt.ts'
import type { DocumentId, PeerId } from '../core/ids.ts'
import { parseWith } from '../core/parse.ts'
import type { Logger, Records } from '../core/ports.ts'
import { type Answer, parseAnswer, RESULT_ENVELOPE_LIMIT } from '../core/result.ts'
import { createTurns } from '../core/turns.ts'

/** An agent that contradicts itself more often than this has been heard. */
const CONFLICTS_LIMIT = 8

type Shelved = 'new' | 'known' | 'conflict'

export interface ResultShelf {
  hunts(): readonly HuntRecord[]
  hunt(action: DocumentId): HuntRecord | undefined
  /** Keeps a hunt, or the record of the same action that is here already; on disk when it resolves. */
  putHunt(hunt: HuntRecord): Promise<HuntRecord>
  /** Forgets a hunt of which nothing was ever sent. */
  dropHunt(action: DocumentId): Promise<void>
  /** On disk when it resolves. Only a `new` one changes what stands. */
  put(answer: Answer, envelope: Uint8Array): Promise<Shelved>
  /** The standing answer of each agent, `started` only where no final one has come. */
  answers(action: DocumentId): Promise<readonly Answer[]>
  envelopes(action: DocumentId): Promise<readonly string[]>
  conflicts(action: DocumentId): Promise<readonly string[]>
  /** Agents whose final answer is here; reads none of them. */
  ended(action: DocumentId): Promise<ReadonlySet<PeerId>>
}

export interface ResultShelfPorts {
  readonly hunts: Records
  readonly results: Records
  readonly logger: Logger
}

/** Opens the shelf; hunts are held in memory, answers stay on disk. */
export async function openResultShelf({
  hunts,
  results,
  logger,
}: ResultShelfPorts): Promise<ResultShelf> {
  const known = new Map<DocumentId, HuntRecord>()
  for await (const [key, bytes] of hunts.entries()) {
    const hunt = readHunt(bytes)
    if (hunt === undefined) logger.log('hunt-unreadable', { action: key })
    else known.set(hunt.action, hunt)
  }

  const turn = createTurns()

  async function putStarted(answer: Answer, envelope: Uint8Array): Promise<Shelved> {
    const { action, agent } = answer
    const key = `${action}/started/${agent}`
    const isLate = (await results.get(finalKey(action, agent))) !== undefined
    if (isLate || (await results.get(key)) !== undefined) return 'known'
    await results.put(key, envelope)
    return 'new'
  }

  async function putFinal(answer: Answer, envelope: Uint8Array): Promise<Shelved> {
    const key = finalKey(answer.action, answer.agent)
    const before = await results.get(key)
    if (before === undefined) {
      await results.put(key, envelope)
      return 'new'
    }
    if (Buffer.compare(before, envelope) === 0) return 'known'
    if (isForgetful(answer) || saysTheSame(answer, readAnswer(before))) return 'known'
    return putConflict(answer, envelope)
  }

  async function putConflict({ action, agent }: Answer, envelope: Uint8Array): Promise<Shelved> {
    const prefix = `${action}/conflict/${agent}/`
    const key = prefix + sha256Hex(envelope)
    const others = await Array.fromAsync(results.keys(prefix))
    if (others.includes(key)) return 'known'
    const isKept = others.length < CONFLICTS_LIMIT
    logger.log('answer-conflicts', { action, agent, isKept })
    if (isKept) await results.put(key, envelope)
    return 'conflict'
  }

  async function texts(prefix: string): Promise<readonly string[]> {
    const found: string[] = []
    for await (const [, bytes] of results.entries(prefix)) found.push(fromUtf8(bytes))
    return found
  }

  async function answersUnder(prefix: string): Promise<readonly Answer[]> {
    const envelopes = await texts(prefix)
    return envelopes.map((text) => readAnswer(toUtf8(text)))
  }

  return {
    hunts: () => [...known.values()].toSorted((a, b) => b.launchedAtMs - a.launchedAtMs),
    hunt: (action) => known.get(action),
    putHunt: (hunt) =>
      turn(hunt.action, async () => {
        const before = known.get(hunt.action)
        if (before !== undefined) return before
        await hunts.put(hunt.action, toUtf8(JSON.stringify(hunt)))
        known.set(hunt.action, hunt)
        return hunt
      }),
    dropHunt: (action) =>
      turn(action, async () => {
        known.delete(action)
        await hunts.delete(action)
      }),
    put: (answer, envelope) =>
      turn(`${answer.action} ${answer.agent}`, () =>
        answer.status === 'started' ? putStarted(answer, envelope) : putFinal(answer, envelope),
      ),
    async answers(action) {
      const finals = await answersUnder(`${action}/final/`)
      const ended = new Set(finals.map(({ agent }) => agent))
      const started = await answersUnder(`${action}/started/`)
      return [...finals, ...started.filter(({ agent }) => !ended.has(agent))]
    },
    envelopes: (action) => texts(`${action}/final/`),
    conflicts: (action) => texts(`${action}/conflict/`),
    async ended(action) {
      const prefix = `${action}/final/`
      const keys = await Array.fromAsync(results.keys(prefix))
      return new Set(keys.map((key) => key.slice(prefix.length) as PeerId))
    },
  }
}

const readAnswer = (envelope: Uint8Array): Answer =>
  parseAnswer(parseEnvelope(envelope, RESULT_ENVELOPE_LIMIT).payload)

/** An agent that lost its store or its journal can only say that it does not know; that contradicts nothing. */
const isForgetful = ({ status, reason }: Answer): boolean =>
  status === 'interrupted' || reason === 'history-lost'

/** A refusal is worked out again by an agent that forgot it; only the moment differs. */
function saysTheSame(answer: Answer, before: Answer): boolean {
  const withoutTimes = (each: Answer): Answer => ({ ...each, at: 0, startedat: undefined })
  return JSON.stringify(withoutTimes(answer)) === JSON.stringify(withoutTimes(before))
}

const finalKey = (action: DocumentId, agent: PeerId): string => `${action}/final/${agent}`

function readHunt(bytes: Uint8Array): HuntRecord | undefined {
  try {
    const parsed = parseWith(huntRecord, JSON.parse(fromUtf8(bytes)))
    return parsed.ok ? parsed.value : undefined
  } catch {
    // Damaged on disk: the caller says so; the answers are still there.
    return undefined
  }
}
