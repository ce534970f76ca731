/**
 * Keeps one fault of a library from ending the process, where a peer could cause it at will.
 *
 * DEV NOTE. js-libp2p opens a stream in two steps: yamux sends the first frame in a microtask of its own
 * (@libp2p/yamux 8.0, muxer.ts, onCreateStream). When the connection closes in between, that send throws
 * StreamStateError where no caller can catch it, and Node ends: any peer that hangs up at the right moment kills its
 * neighbours (seen on agents when a `mig` command ended; libp2p/js-libp2p issues 3512 and 3415 are the same fault in other
 * places). The stream is lost either way and its user hears of that by a rejected promise, so the stray error is logged and
 * nothing else. Every other uncaught error ends the process as before.
 */
import { reasonOf } from '../core/errors.ts'
import type { Logger } from '../core/ports.ts'

const STRAY = 'StreamStateError'
const CRASHED = 1

let isWatching = false

/** Call it once, before the network opens; further calls do nothing. */
export function surviveStrayErrors(logger: Logger): void {
  if (isWatching) return
  isWatching = true
  process.on('uncaughtException', (error) => {
    if (error.name === STRAY) {
      logger.log('stray-stream-error', { reason: reasonOf(error) })
      return
    }
    process.stderr.write(`${error.stack ?? reasonOf(error)}\n`)
    process.exit(CRASHED)
  })
}
