import { once } from 'node:events'
import { chmod, chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MeshError } from '../../node/core/errors.ts'
import type { HuntRecord } from '../../node/core/hunt.ts'
import type { DocumentId, MeshId, PeerId } from '../../node/core/ids.ts'
import type { HuntEvent, InvestigatorApi } from '../../node/core/investigator-api.ts'
import type { Answer } from '../../node/core/result.ts'
import { connectControl } from '../../node/host/control-client.ts'
import { controlPath } from '../../node/host/control-path.ts'
import { type ControlServer, serveControl } from '../../node/host/control-server.ts'

const ACTION = 'a'.repeat(64) as DocumentId
const MESH = 'b'.repeat(32) as MeshId
const PEER = `12D3KooW${'a'.repeat(44)}` as PeerId
const OWN = { peer: PEER, sealing: 'c'.repeat(43) }
/** Only root can give a file away. */
const isRoot = userInfo().uid === 0
const NONE = {
  waiting: 0,
  running: 0,
  answered: 0,
  refused: 0,
  failed: 0,
  'timed-out': 0,
  cancelled: 0,
  silent: 0,
}
const TALLY = { targets: [], counts: NONE, found: 0, remarked: 0 }
const HUNT: HuntRecord = {
  action: ACTION,
  name: 'n',
  target: 'true',
  launchedAtMs: 1,
  expireafter: 2,
  answerwithin: 0,
  expected: [{ peer: PEER, name: 'host' }],
  envelope: '{}',
}
const answerOf = (text: string): Answer => ({
  mesh: MESH,
  action: ACTION,
  agent: PEER,
  name: 'host',
  status: 'success',
  at: 5,
  results: [
    {
      module: 'file',
      status: 'success',
      foundanything: true,
      success: true,
      elements: text,
      statistics: null,
      errors: [],
    },
  ],
})

/** An API whose calls a test replaces one by one. */
function fakeApi(calls: Partial<InvestigatorApi> = {}): InvestigatorApi {
  const unasked = (): never => {
    throw new Error('not asked for in this test')
  }
  return {
    status: () =>
      Promise.resolve({
        mesh: MESH,
        meshName: 'lab',
        reply: { ...OWN, addresses: [] },
        neighbours: [PEER],
        agentsKnown: 3,
      }),
    agents: unasked,
    publish: unasked,
    launch: unasked,
    follow: unasked,
    hunts: unasked,
    report: unasked,
    evidence: unasked,
    ...calls,
  }
}

describe('control socket', () => {
  let dir = ''
  let path = ''
  let server: ControlServer | undefined
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mig-'))
    path = join(dir, 'socket')
  })
  afterEach(async () => {
    await server?.close()
    server = undefined
    await rm(dir, { recursive: true })
  })

  async function serve(calls: Partial<InvestigatorApi> = {}): Promise<InvestigatorApi> {
    server = await serveControl(fakeApi(calls), path)
    const client = await connectControl(path, OWN)
    if (client === undefined) throw new Error('nobody serves')
    return client
  }

  it('answers calls as the node would', async () => {
    const client = await serve({
      hunts: () => Promise.resolve([HUNT]),
      report: () => Promise.resolve({ hunt: HUNT, answers: [answerOf('x')], tally: TALLY }),
      evidence: () => Promise.resolve({ hunt: HUNT, results: ['r'], conflicts: ['c'] }),
    })
    expect((await client.status()).agentsKnown).toBe(3)
    expect(await client.hunts()).toEqual([HUNT])
    expect(await client.report(ACTION)).toEqual({
      hunt: HUNT,
      answers: [answerOf('x')],
      tally: TALLY,
    })
    expect(await client.evidence(ACTION)).toEqual({ hunt: HUNT, results: ['r'], conflicts: ['c'] })
  })

  it('hands on answers of many megabytes and any letters', async () => {
    const long = 'größe\n"\u2028'.repeat(300_000)
    const client = await serve({
      report: () => Promise.resolve({ hunt: HUNT, answers: [answerOf(long)], tally: TALLY }),
    })
    const { answers } = await client.report(ACTION)
    expect(answers[0]?.results[0]?.elements).toBe(long)
  })

  it("keeps an error's code and fields", async () => {
    const detail = { code: 'TARGET_INVALID', reason: 'no', position: 3, target: 'x y' } as const
    const client = await serve({ agents: () => Promise.reject(new MeshError(detail)) })
    await expect(client.agents('x y')).rejects.toMatchObject({ detail })
  })

  it('tells a fault of the node from an expected error', async () => {
    const client = await serve({ hunts: () => Promise.reject(new TypeError('boom')) })
    await expect(client.hunts()).rejects.toMatchObject({
      detail: { code: 'NODE_FAILED', reason: 'boom' },
    })
  })

  it('streams events as they come', async () => {
    const gate = Promise.withResolvers<undefined>()
    const client = await serve({
      async *launch() {
        yield { type: 'answer', answer: answerOf('first') } satisfies HuntEvent
        await gate.promise
        yield { type: 'done', tally: TALLY } satisfies HuntEvent
      },
    })
    const types: string[] = []
    for await (const { type } of client.launch('{}', new AbortController().signal)) {
      types.push(type)
      gate.resolve(undefined)
    }
    expect(types).toEqual(['answer', 'done'])
  })

  it('an aborted follower still gets the tally so far', async () => {
    const client = await serve({
      async *follow(_action, signal) {
        yield { type: 'answer', answer: answerOf('x') } satisfies HuntEvent
        if (!signal.aborted) await once(signal, 'abort')
        yield { type: 'done', tally: TALLY } satisfies HuntEvent
      },
    })
    const stop = new AbortController()
    const types: string[] = []
    for await (const { type } of client.follow(ACTION, stop.signal)) {
      types.push(type)
      stop.abort()
    }
    expect(types).toEqual(['answer', 'done'])
  })

  it('calls a call off when its client goes away', async () => {
    const aborted = Promise.withResolvers<undefined>()
    const client = await serve({
      async *follow(_action, signal) {
        signal.addEventListener('abort', () => {
          aborted.resolve(undefined)
        })
        yield { type: 'answer', answer: answerOf('x') } satisfies HuntEvent
        await aborted.promise
      },
    })
    for await (const event of client.follow(ACTION, new AbortController().signal)) {
      expect(event.type).toBe('answer')
      break
    }
    await aborted.promise
  })

  it('knows that nobody serves: no socket, a dead socket, a plain file', async () => {
    expect(await connectControl(path, OWN)).toBeUndefined()
    const dead = createServer().listen(path)
    await once(dead, 'listening')
    // As a killed process leaves it: the file is there, nobody accepts.
    const killed = join(dir, 'killed')
    const { rename } = await import('node:fs/promises')
    await rename(path, killed)
    dead.close()
    await once(dead, 'close')
    expect(await connectControl(killed, OWN)).toBeUndefined()
    await writeFile(join(dir, 'plain'), '')
    expect(await connectControl(join(dir, 'plain'), OWN)).toBeUndefined()
  })

  it('takes the place of a dead socket, and leaves none behind', async () => {
    await writeFile(path, '')
    await serve()
    await server?.close()
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('lets nobody else into its directory', async () => {
    await serve()
    expect((await stat(dir)).mode & 0o077).toBe(0)
  })

  it.each([
    ['directory', (): string => dirname(path)],
    ['socket', (): string => path],
  ])('is not talked to where others may write to its %s', async (_, place) => {
    await serve()
    for (const mode of [0o720, 0o702]) {
      await chmod(place(), mode)
      await expect(connectControl(path, OWN)).rejects.toMatchObject({
        message: `home ${place()}: the control socket is not talked to: others may write there`,
      })
    }
  })

  it.skipIf(!isRoot).each([
    ['directory', (): string => dirname(path)],
    ['socket', (): string => path],
  ])('is not talked to where its %s is of another user', async (_, place) => {
    await serve()
    await chown(place(), 12_345, 12_345)
    await expect(connectControl(path, OWN)).rejects.toMatchObject({
      message: `home ${place()}: the control socket is not talked to: somebody else made it`,
    })
  })

  it("is not talked to when another node than the home's is behind it", async () => {
    await serve()
    const peer = `12D3KooW${'b'.repeat(44)}` as PeerId
    for (const other of [
      { ...OWN, peer },
      { ...OWN, sealing: 'd'.repeat(43) },
    ])
      await expect(connectControl(path, other)).rejects.toMatchObject({
        code: 'NODE_FAILED',
        message: expect.stringContaining('has other keys than this home') as string,
      })
  })

  it('answers a request it cannot read with an error, and goes on', async () => {
    const client = await serve()
    for (const line of [
      'not json\n',
      '{"version":1,"call":"eval"}\n',
      '{"version":2,"call":"status"}\n',
    ]) {
      const socket = connect(path).end(line)
      socket.setEncoding('utf8')
      const [reply] = (await once(socket, 'data')) as [string]
      expect(reply).toContain('"code":"NODE_FAILED"')
      socket.destroy()
    }
    expect((await client.status()).meshName).toBe('lab')
  })

  it('serves a home whose path is too long for a socket', async () => {
    path = join(dir, 'x'.repeat(120), 'socket')
    expect(Buffer.byteLength(controlPath(path))).toBeLessThan(108)
    const client = await serve()
    expect((await client.status()).meshName).toBe('lab')
  })
})
