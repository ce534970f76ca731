/** How much the operations of one action may answer together: what finds no room is replaced by a failure that says so. */
import { type OperationResult, RESULT_SIZE_LIMIT } from '../core/result.ts'

/** For names and times, and for the failures themselves: 64 operations of 300 bytes. */
const HEAD_SIZE = 64 * 1024

/** Takes results as they come, so that no more than this is ever held in memory; the sizes are those on the wire. */
export function createAnswerBudget(
  limit: number = RESULT_SIZE_LIMIT,
): (result: OperationResult) => OperationResult {
  let left = limit - HEAD_SIZE
  return (result) => {
    const size = Buffer.byteLength(JSON.stringify(result))
    if (size > left) return tooLarge(result, { size, limit })
    left -= size
    return result
  }
}

const tooLarge = (
  { module }: OperationResult,
  { size, limit }: { size: number; limit: number },
): OperationResult => ({
  module,
  status: 'killed',
  foundanything: false,
  success: false,
  elements: null,
  statistics: null,
  errors: [
    `its result of ${String(size)} bytes has no room in an answer of at most ${String(limit)}`,
  ],
})
