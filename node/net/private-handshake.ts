/**
 * How two holders of the mesh secret show each other that they are, and agree on keys for one connection. Not for the bytes
 * that follow (private-network.ts).
 *
 * DEV NOTE. `|` joins octets; KDF is HKDF-SHA-256 (RFC 5869) of the mesh secret; nonces and tags have 32 octets.
 *
 *     dialler  -> listener   nonceD | KDF(salt = nonceD, "... hello")
 *     listener -> dialler    nonceL | tagL
 *     dialler  -> listener   tagD, and data at once
 *
 *     keyD | keyL | tagD | tagL = KDF(salt = nonceD | nonceL, "... keys")
 *
 * The listener says nothing before a holder has spoken: a port scan hears no octet and is hung up on. Both nonces and the
 * side are in every key, so a recorded or reflected stream ends at its tag, before it costs a negotiation or a curve
 * operation, and no two directions share a key stream. A recorded hello buys one answer that cannot be told from noise.
 * What this does not give: forward secrecy, integrity of what follows, and who it is; all three are Noise's, inside of it.
 */
import type { MultiaddrConnection } from '@libp2p/interface'
import { byteStream } from '@libp2p/utils'
import { hkdfSync, timingSafeEqual } from 'node:crypto'
import { SECOND_MS } from '../core/time.ts'

export const NONCE_SIZE = 32
const TAG_SIZE = 32
const KEY_SIZE = 32
const LABEL = 'mig private network v3'
/** Three messages of less than 100 octets; whoever takes longer is no peer, or too far away to be one. */
const TIMEOUT_MS = 5 * SECOND_MS

export type Side = 'dialler' | 'listener'
type ConnectionSecrets = Readonly<Record<Side, { readonly key: Buffer; readonly tag: Buffer }>>

interface HandshakeInit {
  readonly meshSecret: Uint8Array
  readonly side: Side
  /** 32 random octets, never used before. */
  readonly nonce: Uint8Array
  readonly signal: AbortSignal | undefined
}

/** Resolves with the key of what each side sends; what came after the handshake is still on the connection. @throws when the other side does not hold the secret, or is slow */
export async function shakeHands(
  connection: MultiaddrConnection,
  init: HandshakeInit,
): Promise<Readonly<Record<Side, Buffer>>> {
  const { meshSecret, side, nonce } = init
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  const signal = init.signal === undefined ? timeout : AbortSignal.any([init.signal, timeout])
  const bytes = byteStream(connection)
  const read = async (size: number): Promise<Uint8Array> =>
    (await bytes.read({ signal, bytes: size })).subarray()
  const write = (...parts: readonly Uint8Array[]): Promise<void> =>
    bytes.write(Buffer.concat(parts), { signal })

  async function dial(): Promise<ConnectionSecrets> {
    await write(nonce, helloTag(meshSecret, nonce))
    const answer = await read(NONCE_SIZE + TAG_SIZE)
    const listener = answer.subarray(0, NONCE_SIZE)
    const secrets = connectionSecrets(meshSecret, { dialler: nonce, listener })
    expectTag(answer.subarray(NONCE_SIZE), secrets.listener.tag)
    await write(secrets.dialler.tag)
    return secrets
  }
  async function listen(): Promise<ConnectionSecrets> {
    const hello = await read(NONCE_SIZE + TAG_SIZE)
    const dialler = hello.subarray(0, NONCE_SIZE)
    expectTag(hello.subarray(NONCE_SIZE), helloTag(meshSecret, dialler))
    const secrets = connectionSecrets(meshSecret, { dialler, listener: nonce })
    await write(nonce, secrets.listener.tag)
    expectTag(await read(TAG_SIZE), secrets.dialler.tag)
    return secrets
  }

  const { dialler, listener } = await (side === 'dialler' ? dial() : listen())
  bytes.unwrap()
  return { dialler: dialler.key, listener: listener.key }
}

/** What a dialler proves itself with before it has heard anything. */
export const helloTag = (meshSecret: Uint8Array, nonce: Uint8Array): Buffer =>
  derive(meshSecret, { salt: nonce, label: 'hello', size: TAG_SIZE })

/** Each side's key and tag, from both sides' nonces. */
export function connectionSecrets(
  meshSecret: Uint8Array,
  nonces: Readonly<Record<Side, Uint8Array>>,
): ConnectionSecrets {
  const salt = Buffer.concat([nonces.dialler, nonces.listener])
  const size = 2 * KEY_SIZE + 2 * TAG_SIZE
  const material = derive(meshSecret, { salt, label: 'keys', size })
  const part = (index: number): Buffer => material.subarray(index * KEY_SIZE).subarray(0, KEY_SIZE)
  return { dialler: { key: part(0), tag: part(2) }, listener: { key: part(1), tag: part(3) } }
}

const derive = (
  meshSecret: Uint8Array,
  { salt, label, size }: { salt: Uint8Array; label: string; size: number },
): Buffer => Buffer.from(hkdfSync('sha256', meshSecret, salt, `${LABEL} ${label}`, size))

function expectTag(tag: Uint8Array, expected: Uint8Array): void {
  if (!timingSafeEqual(tag, expected)) throw new Error('the other side has another mesh secret')
}
