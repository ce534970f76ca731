/** Stream handlers that make a peer pay for broken frames, and end a stream that failed. */
import { hasCode, MeshError } from '../core/errors.ts'
import type { StreamHandler } from '../core/ports.ts'
import type { PeerScore } from './score.ts'

/** Wraps a handler: a broken frame costs the peer points, and any failure ends this stream alone. Rejects with a failure of our own, which the network tells of. */
export function servePenalised(score: PeerScore, handler: StreamHandler): StreamHandler {
  return async (stream) => {
    try {
      await handler(stream)
    } catch (error) {
      if (hasCode(error, 'FRAME_INVALID')) score.penalise(stream.peer, 'broken-frame')
      stream.abort(error instanceof MeshError ? error.code : 'failed')
      if (!(error instanceof MeshError)) throw error
    }
  }
}
