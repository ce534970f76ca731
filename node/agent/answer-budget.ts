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
    const size = sizeOf(result)
    if (size > left) return tooLarge(result, limit)
    left -= size
    return result
  }
}

/** No text can be as long as some results would be. */
function sizeOf(result: OperationResult): number {
  try {
    return Buffer.byteLength(JSON.stringify(result))
  } catch {
    return Infinity
  }
}

const tooLarge = ({ module }: OperationResult, limit: number): OperationResult => ({
  module,
  status: 'killed',
  foundanything: false,
  success: false,
  elements: null,
  statistics: null,
  errors: [`its result has no room in an answer of at most ${String(limit)} bytes`],
})
