/** Answers as they were signed, kept for good: the first final answer of an agent stands, a differing second is kept as a conflict. */
import { fromUtf8, toUtf8 } from '../core/bytes.ts'
import { parseEnvelope } from '../core/envelope.ts'
import { type HuntRecord, huntRecord } from '../core/hunt.ts'
import type { DocumentId, PeerId } from '../core/ids.ts'
import { parseWith } from '../core/parse.ts'
import type { Logger, Records } from '../core/ports.ts'
import { type Answer, parseAnswer, RESULT_SIZE_LIMIT } from '../core/result.ts'

/** An envelope carries its payload in base64. */
export const RESULT_ENVELOPE_LIMIT = 2 * RESULT_SIZE_LIMIT

type Shelved = 'new' | 'known' | 'conflict'

export interface ResultShelf {
  hunts(): readonly HuntRecord[]
  hunt(action: DocumentId): HuntRecord | undefined
  putHunt(hunt: HuntRecord): Promise<void>
  /** On disk when it resolves. */
  put(answer: Answer, envelope: Uint8Array): Promise<Shelved>
  /** The standing answer of each agent, `started` only where no final one has come. */
  answers(action: DocumentId): Promise<readonly Answer[]>
  envelopes(action: DocumentId): Promise<readonly string[]>
  conflicts(action: DocumentId): Promise<readonly string[]>
  hasFinal(action: DocumentId, agent: PeerId): Promise<boolean>
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

  async function putFinal(answer: Answer, envelope: Uint8Array): Promise<Shelved> {
    const key = finalKey(answer.action, answer.agent)
    const before = await results.get(key)
    if (before === undefined) {
      await results.put(key, envelope)
      return 'new'
    }
    if (Buffer.compare(before, envelope) === 0) return 'known'
    if (isForgetful(answer) || saysTheSame(answer, readAnswer(before))) return 'known'
    logger.log('answer-conflicts', { action: answer.action, agent: answer.agent })
    await results.put(`${answer.action}/conflict/${answer.agent}`, envelope)
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
    async putHunt(hunt) {
      known.set(hunt.action, hunt)
      await hunts.put(hunt.action, toUtf8(JSON.stringify(hunt)))
    },
    async put(answer, envelope) {
      if (answer.status !== 'started') return putFinal(answer, envelope)
      const key = `${answer.action}/started/${answer.agent}`
      if ((await results.get(key)) !== undefined) return 'known'
      await results.put(key, envelope)
      return 'new'
    },
    async answers(action) {
      const finals = await answersUnder(`${action}/final/`)
      const ended = new Set(finals.map(({ agent }) => agent))
      const started = await answersUnder(`${action}/started/`)
      return [...finals, ...started.filter(({ agent }) => !ended.has(agent))]
    },
    envelopes: (action) => texts(`${action}/final/`),
    conflicts: (action) => texts(`${action}/conflict/`),
    hasFinal: async (action, agent) => (await results.get(finalKey(action, agent))) !== undefined,
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
