/**
 * The outermost layer of every connection: all bytes under a key that only holders of the mesh secret can derive, from the
 * first one on. It keeps strangers out; who is who, and integrity, are Noise's, inside of it.
 *
 * DEV NOTE. libp2p's own pnet is not used: its XSalsa20 (xsalsa20 1.2.0, WebAssembly) never frees what a connection takes,
 * grows its one memory again for every other connection once it has grown, and at 64 MiB throws into the socket's event, which
 * ends the process. Some thousands of connections are enough, by strangers who send 24 bytes each; so is one large write.
 *
 * Each side sends a random nonce of 32 bytes in the clear. A direction's key and counter block are HKDF-SHA-256 of the mesh
 * secret with its sender's nonce as salt; the cipher is ChaCha20 (RFC 8439) of OpenSSL. A stranger learns a nonce. Bounded:
 * nothing is buffered here beside what libp2p's stream does. A relayed connection has this layer twice, to the relay and,
 * inside, from end to end: it costs a cipher more, and no kind of connection is an exception to "holders only".
 */
import type { ConnectionProtector, MessageStream, MultiaddrConnection } from '@libp2p/interface'
import { AbstractMultiaddrConnection, byteStream } from '@libp2p/utils'
import { type Cipheriv, createCipheriv, hkdfSync, randomBytes } from 'node:crypto'

const NONCE_SIZE = 32
const KEY_SIZE = 32
/** OpenSSL's ChaCha20 takes the 4 octets of the block counter and the 12 of the nonce as one. */
const COUNTER_SIZE = 4
const IV_SIZE = 16
const TIMEOUT_MS = 5000

/** For libp2p's `connectionProtector`. */
export function privateNetwork(meshSecret: Uint8Array): () => ConnectionProtector {
  return () => ({
    async protect(connection, options = { signal: AbortSignal.timeout(TIMEOUT_MS) }) {
      if (!isMultiaddrConnection(connection)) throw new TypeError('not a connection of a transport')
      const ownNonce = randomBytes(NONCE_SIZE)
      const bytes = byteStream(connection)
      const [theirNonce] = await Promise.all([
        bytes.read({ ...options, bytes: NONCE_SIZE }),
        bytes.write(ownNonce, options),
      ])
      return new PrivateConnection({
        inner: bytes.unwrap(),
        incoming: cipherOf(meshSecret, theirNonce.subarray()),
        outgoing: cipherOf(meshSecret, ownNonce),
      })
    },
  })
}

const isMultiaddrConnection = (stream: MessageStream): stream is MultiaddrConnection =>
  'remoteAddr' in stream

/** ChaCha20 is its own inverse: the same for either end of a direction. */
function cipherOf(meshSecret: Uint8Array, nonce: Uint8Array): Cipheriv {
  const size = KEY_SIZE + IV_SIZE
  const material = Buffer.from(
    hkdfSync('sha256', meshSecret, nonce, 'mig private network v2', size),
  )
  const iv = material.subarray(KEY_SIZE)
  iv.fill(0, 0, COUNTER_SIZE)
  return createCipheriv('chacha20', material.subarray(0, KEY_SIZE), iv)
}

interface PrivateConnectionInit {
  readonly inner: MultiaddrConnection
  readonly incoming: Cipheriv
  readonly outgoing: Cipheriv
}

type SendResult = ReturnType<AbstractMultiaddrConnection['sendData']>

class PrivateConnection extends AbstractMultiaddrConnection {
  readonly #inner: MultiaddrConnection
  readonly #outgoing: Cipheriv

  constructor({ inner, incoming, outgoing }: PrivateConnectionInit) {
    const { remoteAddr, direction, log } = inner
    super({ remoteAddr, direction, log: log.newScope('private-network') })
    this.#inner = inner
    this.#outgoing = outgoing
    inner.addEventListener('message', ({ data }) => {
      this.onData(incoming.update(data.subarray()))
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
    const canSendMore = this.#inner.send(this.#outgoing.update(data.subarray()))
    return { sentBytes: data.byteLength, canSendMore }
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
