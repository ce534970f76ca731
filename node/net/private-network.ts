/**
 * The outermost layer of every connection: all bytes under a key that only holders of the mesh secret can derive, from the
 * first one on. It keeps strangers out; who is who, and integrity, are Noise's, inside of it.
 *
 * DEV NOTE. libp2p's own pnet is not used: its XSalsa20 (xsalsa20 1.2.0, WebAssembly) never frees what a connection takes,
 * grows its one memory again for every other connection once it has grown, and at 64 MiB throws into the socket's event, which
 * ends the process. Some thousands of connections are enough, by strangers who send 24 bytes each; so is one large write.
 *
 * The cipher is ChaCha20 (RFC 8439) of OpenSSL, under a key of this connection and direction alone (private-handshake.ts), so
 * its nonce is zero. Bounded: nothing is buffered here beside what libp2p's stream does; a direction ends the connection long
 * before its block counter of 32 bits (256 GiB) begins again. A relayed connection has this layer twice, to the relay and,
 * inside, from end to end: it costs a cipher more, and no kind of connection is an exception to "holders only".
 */
import type { ConnectionProtector, MessageStream, MultiaddrConnection } from '@libp2p/interface'
import { AbstractMultiaddrConnection } from '@libp2p/utils'
import { type Cipheriv, createCipheriv, randomBytes } from 'node:crypto'
import { createAntechamber } from './antechamber.ts'
import { NONCE_SIZE, shakeHands } from './private-handshake.ts'

/** OpenSSL's ChaCha20 takes the 4 octets of the block counter and the 12 of the nonce as one. */
const IV = new Uint8Array(16)
/** What one key may encipher; the redial loop makes the next connection. */
const BYTES_A_KEY = 64 * 2 ** 30

/** For libp2p's `connectionProtector`. */
export function privateNetwork(
  meshSecret: Uint8Array,
  bytesAKey = BYTES_A_KEY,
): () => ConnectionProtector {
  const antechamber = createAntechamber()
  return () => ({
    async protect(connection, { signal } = {}) {
      if (!isMultiaddrConnection(connection)) throw new TypeError('not a connection of a transport')
      const [own, theirs] =
        connection.direction === 'outbound'
          ? (['dialler', 'listener'] as const)
          : (['listener', 'dialler'] as const)
      const nonce = randomBytes(NONCE_SIZE)
      const shake = (limit = signal): ReturnType<typeof shakeHands> =>
        shakeHands(connection, { meshSecret, side: own, nonce, signal: limit })
      const address = strangerOf(connection)
      const keys = await (address === undefined
        ? shake()
        : antechamber.admit(address, (limit) => shake(anyOf(limit, signal))))
      return new PrivateConnection({
        inner: connection,
        incoming: cipherOf(keys[theirs], bytesAKey),
        outgoing: cipherOf(keys[own], bytesAKey),
      })
    },
  })
}

/** Where a connection comes from that anybody could have made. Through a relay only holders come, all from its address. */
function strangerOf({ direction, remoteAddr }: MultiaddrConnection): string | undefined {
  const parts = remoteAddr.getComponents()
  if (direction === 'outbound' || parts.some(({ name }) => name === 'p2p-circuit')) return undefined
  return parts[0]?.value ?? ''
}

const anyOf = (one: AbortSignal, other: AbortSignal | undefined): AbortSignal =>
  other === undefined ? one : AbortSignal.any([one, other])

const isMultiaddrConnection = (stream: MessageStream): stream is MultiaddrConnection =>
  'remoteAddr' in stream

/** Answers `undefined` when the key is used up. */
type Cipher = (bytes: Uint8Array) => Uint8Array | undefined

/** Its own inverse: the same for either end of a direction. */
function cipherOf(key: Uint8Array, bytesAKey: number): Cipher {
  const cipher: Cipheriv = createCipheriv('chacha20', key, IV)
  let left = bytesAKey
  return (bytes) => {
    left -= bytes.length
    return left < 0 ? undefined : cipher.update(bytes)
  }
}

interface PrivateConnectionInit {
  readonly inner: MultiaddrConnection
  readonly incoming: Cipher
  readonly outgoing: Cipher
}

type SendResult = ReturnType<AbstractMultiaddrConnection['sendData']>

class PrivateConnection extends AbstractMultiaddrConnection {
  readonly #inner: MultiaddrConnection
  readonly #outgoing: Cipher

  constructor({ inner, incoming, outgoing }: PrivateConnectionInit) {
    const { remoteAddr, direction, log } = inner
    super({ remoteAddr, direction, log: log.newScope('private-network') })
    this.#inner = inner
    this.#outgoing = outgoing
    inner.addEventListener('message', ({ data }) => {
      const bytes = incoming(data.subarray())
      if (bytes === undefined) this.#giveUp()
      else this.onData(bytes)
    })
    inner.addEventListener('drain', () => {
      this.safeDispatchEvent('drain')
    })
    inner.addEventListener('close', ({ error, local }) => {
      if (error === undefined) this.onTransportClosed()
      else if (local === true) this.abort(error)
      else this.onRemoteReset()
    })
  }

  override sendData(data: Parameters<AbstractMultiaddrConnection['sendData']>[0]): SendResult {
    const sentBytes = data.byteLength
    const bytes = this.#outgoing(data.subarray())
    if (bytes === undefined) return { sentBytes, canSendMore: this.#giveUp() }
    return { sentBytes, canSendMore: this.#inner.send(bytes) }
  }
  /** Not thrown: that would be into a socket's event, and end the process. */
  #giveUp(): false {
    queueMicrotask(() => {
      this.abort(new Error('the key of this connection is used up'))
    })
    return false
  }
  override async sendClose(
    ...options: Parameters<AbstractMultiaddrConnection['sendClose']>
  ): Promise<void> {
    await this.#inner.close(...options)
  }
  override sendReset(error: Error): void {
    this.#inner.abort(error)
  }
  override sendPause(): void {
    this.#inner.pause()
  }
  override sendResume(): void {
    this.#inner.resume()
  }
}
