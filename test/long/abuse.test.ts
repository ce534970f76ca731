/**
 * Peers that hold the mesh secret and mean harm: memory stays bounded, the liar is cut off, honest traffic goes on.
 *
 * The victims are processes of their own, so that what is measured is theirs: resident memory from /proc (Linux).
 */
import type { Stream } from '@libp2p/interface'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { setImmediate as immediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type InvestigatorNode,
  openInvestigatorNode,
} from '../../node/assembly/investigator-node.ts'
import { toUtf8 } from '../../node/core/bytes.ts'
import { CHUNK_SIZE, FRAME_SIZE_LIMIT, type Protocol, PROTOCOLS } from '../../node/core/wire.ts'
import { openHome } from '../../node/host/home.ts'
import { openLogger } from '../../node/host/logger.ts'
import { systemRandom } from '../../node/host/system.ts'
import { generateKey } from '../../node/pgp/generate.ts'
import { type Hostile, openHostile } from '../helpers/chaos.ts'
import { type Killable, startKillable } from '../helpers/killable.ts'
import { createMeshHomes, type MeshHomes, signEnvelope } from '../helpers/mesh-homes.ts'
import { FILE_SEARCH } from '../helpers/runners.ts'
import { until } from '../helpers/until.ts'

const MIB = 1024 * 1024
const FLOOD_BYTES = 200 * MIB
const GROWTH_LIMIT = 100 * MIB
/** V8 takes what it may have before it collects; with little to have, resident memory is what is needed. */
const TIGHT_HEAP = ['--max-old-space-size=96', '--max-semi-space-size=2']
/** More than any liar needs to be caught. */
const TURNS = 64

let homes: MeshHomes
let agent: Killable
let bootstrap: Killable
let investigator: InvestigatorNode
let address = ''

beforeAll(async () => {
  homes = await createMeshHomes({ agents: 1 })
  bootstrap = startNode('bootstrap/mig-bootstrap.js', 'bootstrap-0')
  agent = startNode('node/mig-agent.js', 'agent-0')
  await Promise.all([bootstrap.ready(), agent.ready()])
  const home = await openHome(homes.home('investigator'))
  investigator = await openInvestigatorNode(home, openLogger({ level: 'silent' }))
  await until(async () => (await investigator.api.agents()).length === 1)
  await huntWell()
})

afterAll(async () => {
  await investigator.close()
  await Promise.all([agent.stop(), bootstrap.stop()])
  await homes[Symbol.asyncDispose]()
})

const startNode = (script: string, name: string): Killable =>
  startKillable({
    name,
    args: [...TIGHT_HEAP, script, '--home', homes.home(name)],
    onLine: (line) => {
      const [first] = (line['addresses'] ?? []) as string[]
      if (line['event'] === 'ready' && name === 'agent-0') address = first ?? ''
    },
  })

/** An honest hunt, from launch to the agent's answer. */
async function huntWell(): Promise<void> {
  const envelope = await homes.sign({ operations: [FILE_SEARCH] }, ['alice'])
  const statuses: string[] = []
  for await (const event of investigator.api.launch(envelope, AbortSignal.timeout(60_000)))
    if (event.type === 'answer') statuses.push(event.answer.status)
  expect(statuses.at(-1)).toBe('success')
}

/** Resident bytes of the victim. */
async function memoryOf({ pid }: Killable): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}

/** The most that the victim grew while `attack` went on and after it. */
async function growthDuring(attack: () => Promise<void>): Promise<number> {
  const before = await memoryOf(agent)
  let most = before
  let isOver = false
  const watching = until(async () => {
    most = Math.max(most, await memoryOf(agent))
    return isOver
  }, AbortSignal.timeout(300_000))
  await attack().finally(() => {
    isOver = true
  })
  await watching
  console.log(
    `${expect.getState().currentTestName ?? ''}: ${String(Math.round(before / MIB))} MiB, +${String(Math.round((most - before) / MIB))} at most`,
  )
  return most - before
}

const isConnected = ({ node }: Hostile): boolean => node.getConnections().length > 0

/** Does it again and again, until the victim has had enough of this peer. Returns how often it was let. */
async function untilCutOff(
  hostile: Hostile,
  act: () => Promise<unknown>,
  victim = address,
): Promise<number> {
  const greeting = await hostile.stream(victim, PROTOCOLS.peers)
  const [connection] = hostile.node.getConnections()
  await greeting.close()
  const isOpen = (): boolean => connection?.status === 'open'
  let turns = 0
  while (isOpen() && turns < TURNS) {
    const isServed = await act().then(
      () => true,
      () => false,
    )
    if (isServed) turns += 1
    // The end of the connection is an event, and must get its turn to be seen.
    else await immediate()
  }
  await until(() => !isOpen())
  await expect(hostile.stream(victim, PROTOCOLS.sync)).rejects.toThrow()
  return turns
}

/** Sends bytes as they are and resolves when the other side has answered by ending the stream. */
async function throwAt(
  hostile: Hostile,
  protocol: Protocol,
  bytes: Uint8Array,
  victim = address,
): Promise<void> {
  const stream = await hostile.stream(victim, protocol)
  const ended = new Promise((resolve) => stream.addEventListener('close', resolve))
  stream.send(bytes)
  // A half-close, so that a truncated frame is seen to be one.
  stream.close().catch(() => undefined)
  await ended
}

const varint = (size: number): Uint8Array => {
  const bytes: number[] = []
  for (; size > 0x7f; size >>>= 7) bytes.push((size & 0x7f) | 0x80)
  return Uint8Array.from([...bytes, size])
}
const framed = (body: Uint8Array, size = body.length): Uint8Array =>
  Buffer.concat([varint(size), body])

const BROKEN: Readonly<Record<string, Uint8Array>> = {
  'larger than any frame': framed(Buffer.alloc(1024), FRAME_SIZE_LIMIT + 1),
  'shorter than its length': framed(Buffer.from('{}'), 512),
  'a length that never ends': Buffer.alloc(256 * 1024, 0x80),
  'not JSON': framed(Buffer.from('{"type":')),
  'JSON of something else': framed(Buffer.from('{"type":"nothing"}')),
  'JSON nested a hundred thousand deep': framed(Buffer.alloc(100_000, '[')),
}

describe('broken frames', () => {
  for (const [what, bytes] of Object.entries(BROKEN))
    for (const protocol of [PROTOCOLS.sync, PROTOCOLS.presence, PROTOCOLS.peers])
      it(`${what}: ${protocol} cuts off the peer`, async () => {
        await using hostile = await openHostile(homes)
        const turns = await untilCutOff(hostile, () => throwAt(hostile, protocol, bytes))
        expect(turns).toBeLessThanOrEqual(16)
      })

  it('leave honest traffic alone', huntWell)
})

describe('other victims', () => {
  const header = (settings: object): Uint8Array =>
    framed(
      toUtf8(
        JSON.stringify({
          action: 'a'.repeat(64),
          agent: investigator.peer.network.self,
          size: 2,
          digest: 'b'.repeat(64),
          ...settings,
        }),
      ),
    )
  const lies: Readonly<Record<string, () => Uint8Array>> = {
    ...Object.fromEntries(Object.entries(BROKEN).map(([what, bytes]) => [what, () => bytes])),
    'a size of nothing': () => header({ size: 0 }),
    'a digest that is none': () => header({ digest: 'z' }),
  }
  for (const [what, bytes] of Object.entries(lies))
    it(`${what}: an investigator's ${PROTOCOLS.result} cuts off the peer`, async () => {
      const victim = investigator.peer.network.addresses()[0]!
      await using hostile = await openHostile(homes)
      const act = (): Promise<void> => throwAt(hostile, PROTOCOLS.result, bytes(), victim)
      expect(await untilCutOff(hostile, act, victim)).toBeLessThanOrEqual(16)
    })

  for (const protocol of [PROTOCOLS.sync, PROTOCOLS.presence, PROTOCOLS.peers])
    it(`broken frames: ${protocol} of a bootstrap peer and an investigator cuts off the peer`, async () => {
      const victims = [homes.bootstrapAddresses[0]!, investigator.peer.network.addresses()[0]!]
      for (const victim of victims) {
        await using hostile = await openHostile(homes)
        const act = (): Promise<void> => throwAt(hostile, protocol, BROKEN['not JSON']!, victim)
        expect(await untilCutOff(hostile, act, victim)).toBeLessThanOrEqual(16)
      }
    })

  it('one peer holds no more than its share of an investigator, and answers go on', async () => {
    const victim = investigator.peer.network.addresses()[0]!
    await using hostile = await openHostile(homes)
    const claim = async (): Promise<Stream> => {
      const stream = await hostile.stream(victim, PROTOCOLS.result)
      stream.send(framed(Buffer.alloc(1), CHUNK_SIZE))
      return stream
    }
    const claims = await Promise.allSettled(Array.from({ length: 32 }, claim))
    const streams = claims.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    await until(() => streams.filter(({ status }) => status === 'open').length <= 4)
    await huntWell()
  })
})

/** Sends what might be a hello, and goes when it was not believed. */
async function knock(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  const over = new Promise((resolve) => socket.on('close', resolve))
  socket.on('error', () => undefined)
  socket.on('data', () => socket.destroy())
  socket.write(systemRandom.bytes(256))
  await over
}

describe('lies', () => {
  it('fifty rejects are not needed to be cut off', async () => {
    await using hostile = await openHostile(homes)
    let sent = 0
    const turns = await untilCutOff(hostile, () => hostile.put(address, [`junk ${String(sent++)}`]))
    expect(turns).toBeLessThan(50)
    await huntWell()
  })

  it('endless variants of one envelope cost a bounded time, and end', async () => {
    const good = await homes.sign({ operations: [FILE_SEARCH] }, ['alice'])
    for (let identity = 0; identity < 10; identity += 1) {
      await using hostile = await openHostile(homes)
      const turns = await untilCutOff(hostile, () => hostile.put(address, [variantOf(good)]))
      expect(turns).toBeLessThan(50)
    }
    await huntWell()
  })

  it('gossip of junk ends with the peer cut off', async () => {
    await using hostile = await openHostile(homes)
    const stream = await hostile.stream(address, PROTOCOLS.peers)
    await stream.close()
    const { pubsub } = hostile.node.services
    pubsub.subscribe('all')
    await until(() => pubsub.getSubscribers('all').length > 0)
    await untilGossipEnds(hostile)
    await huntWell()
  })
})

/** One bit of the signature's last octets is another: a new envelope id, the same document. */
function variantOf(envelope: string): string {
  const json = JSON.parse(envelope) as { signatures: { sig: string }[] }
  const sig = Buffer.from(json.signatures[0]!.sig, 'base64')
  sig.set(systemRandom.bytes(4), sig.length - 4)
  json.signatures[0]!.sig = sig.toString('base64')
  return JSON.stringify(json)
}

async function untilGossipEnds(hostile: Hostile): Promise<void> {
  await until(async () => {
    await hostile.node.services.pubsub
      .publish('all', systemRandom.bytes(1024))
      .catch(() => undefined)
    return !isConnected(hostile)
  })
}

describe('floods', () => {
  it(`${String(FLOOD_BYTES / MIB)} MiB of junk leave the memory as it was`, async () => {
    const unknown = await generateKey({ name: 'nobody' }, Date.now() - 60_000)
    const growth = await growthDuring(async () => {
      const flooding = Promise.all(Array.from({ length: 10 }, () => flood(unknown)))
      await huntWell()
      const sent = (await flooding).reduce((sum, each) => sum + each, 0)
      expect(sent).toBeGreaterThanOrEqual(FLOOD_BYTES)
      await huntWell()
    })
    expect(growth).toBeLessThan(GROWTH_LIMIT)
  })

  it('frames that never end, on every stream of fifty peers on one address, hold bounded memory', async () => {
    const peers = await Promise.all(Array.from({ length: 50 }, () => openHostile(homes)))
    try {
      const growth = await growthDuring(async () => {
        await Promise.all(peers.map(stallEverywhere))
        await huntWell()
      })
      expect(growth).toBeLessThan(3 * GROWTH_LIMIT)
    } finally {
      await Promise.all(peers.map((each) => each[Symbol.asyncDispose]()))
    }
    await huntWell()
  })
})

describe('fifty peers on one address', () => {
  it('that behave are all served', async () => {
    const peers = await Promise.all(Array.from({ length: 50 }, () => openHostile(homes)))
    try {
      const asked = peers.map(async (peer) => {
        const frames = await peer.frames(address, PROTOCOLS.peers)
        await frames.write(toUtf8('{"type":"peers"}'))
        const answer = await frames.read()
        await frames.close()
        return answer.length
      })
      expect((await Promise.all(asked)).every((size) => size > 0)).toBe(true)
      expect(peers.every(isConnected)).toBe(true)
      await huntWell()
    } finally {
      await Promise.all(peers.map((each) => each[Symbol.asyncDispose]()))
    }
  })
})

// Last: libp2p takes 500 new connections a second from one address, and these use them up for everybody there.
describe('strangers without the mesh secret', () => {
  it('six thousand of them leave nothing behind', async () => {
    const port = Number(/\/tcp\/(\d+)\//.exec(address)?.[1])
    const growth = await growthDuring(async () => {
      for (let batch = 0; batch < 60; batch += 1)
        await Promise.all(Array.from({ length: 100 }, () => knock(port)))
    })
    expect(growth).toBeLessThan(GROWTH_LIMIT)
    await huntWell()
  })
})

/** Well-formed documents of a signer nobody knows, which nobody may be blamed for, as fast as they are taken. */
async function flood(signer: Parameters<typeof signEnvelope>[2][number]): Promise<number> {
  await using hostile = await openHostile(homes)
  const padding = 'x'.repeat(150_000)
  let sent = 0
  while (sent < FLOOD_BYTES / 10) {
    const nonce = Buffer.from(systemRandom.bytes(8)).toString('hex')
    const payload = toUtf8(JSON.stringify({ nonce, padding }))
    const envelopes = [await signEnvelope('action', payload, [signer])]
    sent += envelopes[0]!.length
    // Cut off or not, the flood goes on from the next identity's point of view.
    const fates = await hostile.put(address, envelopes).catch(() => undefined)
    if (fates === undefined) sent += await floodRaw(FLOOD_BYTES / 10 - sent)
  }
  return sent
}

/** Bytes of nothing, from a fresh identity, on a stream that reads frames. */
async function floodRaw(size: number): Promise<number> {
  await using hostile = await openHostile(homes)
  let sent = 0
  while (sent < size) {
    const frame = framed(toUtf8(JSON.stringify({ type: 'get', ids: [], x: 'y'.repeat(2 * MIB) })))
    await throwAt(hostile, PROTOCOLS.sync, frame).catch(() => undefined)
    sent += frame.length
  }
  return sent
}

/** Claims the largest frame on every stream it may open, sends all but the end, and waits. */
async function stallEverywhere(hostile: Hostile): Promise<void> {
  const claims: readonly (readonly [Protocol, number])[] = [
    [PROTOCOLS.sync, FRAME_SIZE_LIMIT],
    [PROTOCOLS.presence, CHUNK_SIZE],
  ]
  for (const [protocol, size] of claims)
    for (let count = 0; count < 4; count += 1) {
      const stream = await hostile.stream(address, protocol).catch(() => undefined)
      stream?.send(framed(Buffer.alloc(size - 1, 0x20), size))
    }
}
