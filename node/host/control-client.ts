/** A running node as an InvestigatorApi, over its unix socket. Loads neither libp2p nor level nor openpgp. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { z } from 'zod'
import type { ReplyNode } from '../core/action.ts'
import { MeshError, reasonOf } from '../core/errors.ts'
import type { HuntRecord, Tally } from '../core/hunt.ts'
import type {
  HuntEvidence,
  HuntReport,
  InvestigatorApi,
  NodeStatus,
} from '../core/investigator-api.ts'
import { parseWith } from '../core/parse.ts'
import type { Answer } from '../core/result.ts'
import { SECOND_MS } from '../core/time.ts'
import { controlPath, hasOwnSocket } from './control-path.ts'
import {
  agentSight,
  CONTROL_VERSION,
  controlReply,
  type ControlCall,
  huntEvent,
  huntPart,
  LINE_LIMIT,
  nodeStatus,
  publication,
  readLines,
} from './control-wire.ts'
import { huntRecord } from '../core/hunt.ts'

/** A node that does not say who it is within this time hangs. */
const STATUS_TIMEOUT_MS = 5 * SECOND_MS

/** Who has to be behind the socket: a home's own node, and nobody to whom answers would be sealed in its place. */
export type HomeNode = Pick<ReplyNode, 'peer' | 'sealing'>

/**
 * The node that serves this home, or `undefined` when none runs: a socket without a node behind it counts as none.
 * @throws MeshError NODE_FAILED when it runs but does not answer, or is another; HOME_INVALID when others can have put it there
 */
export async function connectControl(
  inHome: string,
  own: HomeNode,
): Promise<InvestigatorApi | undefined> {
  const path = controlPath(inHome)
  if (!(await hasOwnSocket(path))) return undefined
  const api = clientOf(path, own)
  try {
    await api.status()
    return api
  } catch (error) {
    if (isNobody(error)) return undefined
    throw error
  }
}

const isNobody = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ENOENT' || error.code === 'ECONNREFUSED')

async function askStatus(path: string, own: HomeNode): Promise<NodeStatus> {
  const options = { schema: nodeStatus, patienceMs: STATUS_TIMEOUT_MS }
  const status = await one(call(path, { call: 'status' }, options))
  const { peer, sealing } = status.reply
  if (peer === own.peer && sealing === own.sealing) return status
  throw failed(`the one behind ${path} has other keys than this home; end it`)
}

function clientOf(path: string, own: HomeNode): InvestigatorApi {
  // Of one node, for as long as one command takes.
  let status: Promise<NodeStatus> | undefined
  return {
    status: () => (status ??= askStatus(path, own)),
    agents: (target) =>
      collect(
        call(
          path,
          { call: 'agents', ...(target === undefined ? {} : { target }) },
          { schema: agentSight },
        ),
      ),
    publish: (envelope) => one(call(path, { call: 'publish', envelope }, { schema: publication })),
    launch: (envelope, signal) =>
      call(path, { call: 'launch', envelope }, { schema: huntEvent, signal }),
    follow: (action, signal) =>
      call(path, { call: 'follow', action }, { schema: huntEvent, signal }),
    hunts: () => collect(call(path, { call: 'hunts' }, { schema: huntRecord })),
    report: async (action) =>
      toReport(await collect(call(path, { call: 'report', action }, { schema: huntPart }))),
    evidence: async (action) =>
      toEvidence(await collect(call(path, { call: 'evidence', action }, { schema: huntPart }))),
  }
}

interface CallOptions<T> {
  readonly schema: z.ZodType<T>
  /** Aborted: the node sends what is there so far and ends. */
  readonly signal?: AbortSignal
  readonly patienceMs?: number
}

async function* call<T>(
  path: string,
  request: ControlCall,
  options: CallOptions<T>,
): AsyncGenerator<T> {
  const { schema, signal, patienceMs } = options
  const socket = connect(path)
  if (patienceMs !== undefined)
    socket.setTimeout(patienceMs, () => socket.destroy(noAnswer(patienceMs)))
  await once(socket, 'connect')
  const stop = (): void => void socket.write('{"stop":true}\n')
  socket.write(`${JSON.stringify({ version: CONTROL_VERSION, ...request })}\n`)
  if (signal?.aborted === true) stop()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    yield* parts(socket, schema)
  } finally {
    signal?.removeEventListener('abort', stop)
    socket.destroy()
  }
}

async function* parts<T>(socket: Socket, schema: z.ZodType<T>): AsyncGenerator<T> {
  for await (const line of readLines(socket, LINE_LIMIT)) {
    const reply = parseWith(controlReply, JSON.parse(line))
    if (!reply.ok) throw failed(`it answered out of turn: ${reply.reason}`)
    if ('failed' in reply.value) throw new MeshError(reply.value.failed)
    if ('end' in reply.value) return
    const part = parseWith(schema, reply.value.part)
    if (!part.ok) throw failed(`it answered something else: ${part.path}: ${part.reason}`)
    yield part.value
  }
  throw failed('it ended in the middle of an answer')
}

const collect = <T>(parts: AsyncIterable<T>): Promise<T[]> => Array.fromAsync(parts)

async function one<T>(parts: AsyncIterable<T>): Promise<T> {
  const [first] = await collect(parts)
  if (first === undefined) throw failed('it answered nothing')
  return first
}

type HuntPart = z.infer<typeof huntPart>

function toReport(parts: readonly HuntPart[]): HuntReport {
  let hunt: HuntRecord | undefined
  let tally: Tally | undefined
  const answers: Answer[] = []
  for (const part of parts) {
    if ('hunt' in part) hunt = part.hunt
    if ('tally' in part) tally = part.tally
    if ('answer' in part) answers.push(part.answer)
  }
  if (hunt === undefined || tally === undefined) throw failed('its report is not complete')
  return { hunt, answers, tally }
}

function toEvidence(parts: readonly HuntPart[]): HuntEvidence {
  const hunt = parts.find((part) => 'hunt' in part)?.hunt
  if (hunt === undefined) throw failed('its evidence is not complete')
  return {
    hunt,
    results: parts.flatMap((part) => ('result' in part ? [part.result] : [])),
    conflicts: parts.flatMap((part) => ('conflict' in part ? [part.conflict] : [])),
  }
}

const failed = (reason: string): MeshError =>
  new MeshError({ code: 'NODE_FAILED', reason: reasonOf(reason) })

const noAnswer = (afterMs: number): MeshError => failed(`it gave no answer within ${afterMs} ms`)
