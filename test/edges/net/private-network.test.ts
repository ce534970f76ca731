/** The outermost layer: two holders of the mesh secret find each other, whoever is not one hears nothing and is hung up on. */
import type { ConnectionProtector } from '@libp2p/interface'
import { byteStream, multiaddrConnectionPair } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { WAITING_AN_ADDRESS, WAITING_LIMIT } from '../../../node/net/antechamber.ts'
import { connectionSecrets, helloTag } from '../../../node/net/private-handshake.ts'
import { privateNetwork } from '../../../node/net/private-network.ts'

const SECRET = Buffer.alloc(32, 7)
const HELLO_SIZE = 64

const protector = (secret: Uint8Array = SECRET, bytesAKey?: number): ConnectionProtector =>
  privateNetwork(secret, bytesAKey)()

const LIMIT = { signal: AbortSignal.timeout(20_000) }

async function joined(bytesAKey?: number) {
  const [dialler, listener] = multiaddrConnectionPair()
  const [out, into] = await Promise.all([
    protector(SECRET, bytesAKey).protect(dialler),
    protector(SECRET, bytesAKey).protect(listener),
  ])
  return { dialler, listener, out, into }
}

describe('two holders of the secret', () => {
  it('hear each other, and a listener down the line hears neither', async () => {
    const [dialler, listener] = multiaddrConnectionPair()
    const overheard: Buffer[] = []
    for (const each of [dialler, listener])
      each.addEventListener('message', ({ data }) => overheard.push(Buffer.from(data.subarray())))
    const [into, out] = await Promise.all([
      protector().protect(listener),
      protector().protect(dialler),
    ])
    const text = Buffer.from('multistream '.repeat(1000))
    out.send(text)
    into.send(text)
    for (const side of [out, into]) {
      const heard = await byteStream(side).read({ bytes: text.length, ...LIMIT })
      expect(Buffer.from(heard.subarray()).equals(text)).toBe(true)
    }
    expect(Buffer.concat(overheard).includes('multistream')).toBe(false)
    // The two directions share no key stream: the same text is other bytes.
    const [one, other] = overheard.filter(({ length }) => length >= text.length)
    expect(one!.subarray(-text.length).equals(other!.subarray(-text.length))).toBe(false)
  })

  it('part when a key is used up, long before its counter begins again', async () => {
    const { out, into } = await joined(1000)
    const ended = [out, into].map(
      (each) => new Promise((done) => each.addEventListener('close', done)),
    )
    out.send(Buffer.alloc(600))
    await byteStream(into).read({ bytes: 600, ...LIMIT })
    out.send(Buffer.alloc(600))
    await Promise.all(ended)
    expect(out.status).toBe('aborted')
  })
})

describe('whoever does not hold it', () => {
  it('hears not one octet from the side that was dialled', async () => {
    const [stranger, listener] = multiaddrConnectionPair()
    const heard: unknown[] = []
    stranger.addEventListener('message', ({ data }) => heard.push(data))
    const refused = expect(protector().protect(listener)).rejects.toThrow('another mesh secret')
    stranger.send(Buffer.alloc(4096, 1))
    await refused
    expect(heard).toEqual([])
  })

  it('is refused by the side that dials, after a nonce and what cannot be told from noise', async () => {
    const [dialler, stranger] = multiaddrConnectionPair()
    const heard: number[] = []
    stranger.addEventListener('message', ({ data }) => heard.push(data.byteLength))
    const refused = expect(protector().protect(dialler)).rejects.toThrow('another mesh secret')
    stranger.send(Buffer.alloc(HELLO_SIZE, 2))
    await refused
    expect(heard).toEqual([HELLO_SIZE])
  })

  it('gets nowhere with a recorded connection', async () => {
    const recorded: Buffer[] = []
    const [first, second] = multiaddrConnectionPair()
    second.addEventListener('message', ({ data }) => recorded.push(Buffer.from(data.subarray())))
    const [, out] = await Promise.all([protector().protect(second), protector().protect(first)])
    out.send(Buffer.from('multistream'))
    const [stranger, listener] = multiaddrConnectionPair()
    const refused = expect(protector().protect(listener)).rejects.toThrow('another mesh secret')
    stranger.send(Buffer.concat(recorded))
    await refused
  })

  it('gets nowhere by sending a dialler its own words back', async () => {
    const [dialler, mirror] = multiaddrConnectionPair()
    const refused = expect(protector().protect(dialler)).rejects.toThrow('another mesh secret')
    mirror.send((await byteStream(mirror).read({ bytes: HELLO_SIZE, ...LIMIT })).subarray())
    await refused
  })

  it('is not waited for', async () => {
    const [, listener] = multiaddrConnectionPair()
    await expect(protector().protect(listener)).rejects.toThrow()
  }, 10_000)
})

describe('silent strangers', () => {
  const from = (address: string) => {
    const [dialler, listener] = multiaddrConnectionPair()
    listener.remoteAddr = multiaddr(`/ip4/${address}/tcp/4100`)
    return { dialler, listener }
  }
  /** Keeps a place by saying nothing; resolves when it is shown out. */
  const loiter = (door: ConnectionProtector, address: string): Promise<unknown> =>
    door.protect(from(address).listener).catch((error: unknown) => String(error))

  it('make room for whoever comes from their address, and nobody else does', async () => {
    const door = protector()
    const bystander = from('192.0.2.1')
    const inside = door.protect(bystander.listener)
    const first = loiter(door, '192.0.2.2')
    for (let count = 1; count < WAITING_AN_ADDRESS; count += 1) void loiter(door, '192.0.2.2')
    const second = from('192.0.2.2')
    const both = [door.protect(second.listener), protector().protect(second.dialler)]
    expect(await first).toContain('too many connections')
    await Promise.all(both)
    await Promise.all([inside, protector().protect(bystander.dialler)])
  })

  it('make room from however many addresses they come', async () => {
    const door = protector()
    const waiting = Array.from({ length: WAITING_LIMIT + 8 }, (_, at) =>
      loiter(door, `10.0.${String(at >> 6)}.1`),
    )
    for (const each of waiting.slice(0, 8)) expect(await each).toContain('too many connections')
    const { dialler, listener } = from('192.0.2.1')
    await Promise.all([door.protect(listener), protector().protect(dialler)])
  })

  it('are counted no longer than they wait: those who are through, or were refused, push nobody out', async () => {
    const door = protector()
    const bystander = from('192.0.2.2')
    const patient = door.protect(bystander.listener)
    for (let count = 0; count < WAITING_AN_ADDRESS; count += 1) {
      const { dialler, listener } = from('192.0.2.2')
      if (count % 2 === 0) {
        await Promise.all([door.protect(listener), protector().protect(dialler)])
      } else {
        dialler.send(Buffer.alloc(HELLO_SIZE))
        await expect(door.protect(listener)).rejects.toThrow('another mesh secret')
      }
    }
    await Promise.all([patient, protector().protect(bystander.dialler)])
  })
})

describe('the keys', () => {
  const vectors = JSON.parse(
    readFileSync(new URL('../../vectors/private-network.json', import.meta.url), 'utf8'),
  ) as Record<string, string>
  const octets = (name: string): Buffer => Buffer.from(vectors[name]!, 'hex')

  it('are those of test/vectors/private-network.json', () => {
    const nonces = { dialler: octets('diallerNonce'), listener: octets('listenerNonce') }
    const { dialler, listener } = connectionSecrets(octets('meshSecret'), nonces)
    const hello = helloTag(octets('meshSecret'), nonces.dialler)
    expect({ hello, keyD: dialler.key, keyL: listener.key }).toEqual({
      hello: octets('hello'),
      keyD: octets('diallerKey'),
      keyL: octets('listenerKey'),
    })
    expect({ tagD: dialler.tag, tagL: listener.tag }).toEqual({
      tagD: octets('diallerTag'),
      tagL: octets('listenerTag'),
    })
  })
})
