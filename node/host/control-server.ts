/** Lets the command line talk to a running node over a unix socket. Not for anybody but the home's owner. */
import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { MeshError, reasonOf, type ErrorDetail } from '../core/errors.ts'
import type { InvestigatorApi } from '../core/investigator-api.ts'
import { parseWith } from '../core/parse.ts'
import { controlPath, prepareControlDirectory } from './control-path.ts'
import {
  CONTROL_VERSION,
  controlRequest,
  readLines,
  REQUEST_LIMIT,
  type ControlRequest,
} from './control-wire.ts'

/** A person and a few scripts. */
const CONNECTIONS_LIMIT = 64

export interface ControlServer {
  /** Stops listening, drops clients and removes the socket. */
  close(): Promise<void>
}

/** Serves `api`. A socket that is there already is a dead node's: the store's lock keeps two from running. */
export async function serveControl(api: InvestigatorApi, inHome: string): Promise<ControlServer> {
  const path = controlPath(inHome)
  await prepareControlDirectory(path)
  await rm(path, { force: true })
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    // A client that went away; its call is called off by the end of its lines.
    socket.on('error', () => undefined)
    void serveOne(socket, api)
  })
  server.maxConnections = CONNECTIONS_LIMIT
  server.listen(path)
  await once(server, 'listening')
  await chmod(path, 0o600)
  return {
    async close() {
      for (const socket of sockets) socket.destroy()
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      await closed
      await rm(path, { force: true })
    },
  }
}

/** Never rejects: what goes wrong is the client's last line. */
async function serveOne(socket: Socket, api: InvestigatorApi): Promise<void> {
  const lines = readLines(socket, REQUEST_LIMIT)
  const stop = new AbortController()
  const gone = new AbortController()
  try {
    const first = await lines.next()
    if (first.done === true) return
    const request = readRequest(first.value)
    void watch(lines, { stop, gone })
    for await (const part of answerParts(request, { api, signal: stop.signal })) {
      await send(socket, { part }, gone.signal)
    }
    await send(socket, { end: true }, gone.signal)
  } catch (error) {
    if (!gone.signal.aborted) socket.write(`${JSON.stringify({ failed: detailOf(error) })}\n`)
  } finally {
    socket.end()
  }
}

interface Interest {
  readonly stop: AbortController
  readonly gone: AbortController
}

/** Any further line means stop; the end of lines means that nobody listens. */
async function watch(lines: AsyncGenerator<string>, { stop, gone }: Interest): Promise<void> {
  for (;;) {
    const next = await lines.next().catch(() => undefined)
    stop.abort()
    if (next?.done !== false) {
      gone.abort()
      return
    }
  }
}

async function send(socket: Socket, reply: unknown, gone: AbortSignal): Promise<void> {
  gone.throwIfAborted()
  if (!socket.write(`${JSON.stringify(reply)}\n`)) await once(socket, 'drain', { signal: gone })
}

function readRequest(line: string): ControlRequest {
  const parsed = parseWith(controlRequest, JSON.parse(line))
  if (parsed.ok) return parsed.value
  const reason = `the request is not of version ${CONTROL_VERSION}: ${parsed.path}: ${parsed.reason}`
  throw new MeshError({ code: 'NODE_FAILED', reason })
}

const detailOf = (error: unknown): ErrorDetail =>
  error instanceof MeshError ? error.detail : { code: 'NODE_FAILED', reason: reasonOf(error) }

async function* answerParts(
  request: ControlRequest,
  { api, signal }: { api: InvestigatorApi; signal: AbortSignal },
): AsyncGenerator {
  switch (request.call) {
    case 'status':
      yield await api.status()
      return
    case 'agents':
      yield* await api.agents(request.target)
      return
    case 'publish':
      yield await api.publish(request.envelope)
      return
    case 'launch':
      yield* api.launch(request.envelope, signal)
      return
    case 'follow':
      yield* api.follow(request.action, signal)
      return
    case 'hunts':
      yield* await api.hunts()
      return
    case 'report': {
      const { hunt, answers, tally } = await api.report(request.action)
      yield* [{ hunt }, ...answers.map((answer) => ({ answer })), { tally }]
      return
    }
    case 'evidence': {
      const { hunt, results, conflicts } = await api.evidence(request.action)
      yield { hunt }
      yield* results.map((result) => ({ result }))
      yield* conflicts.map((conflict) => ({ conflict }))
    }
  }
}
