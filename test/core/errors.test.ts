/** The product's errors: matched by code, one line each, no stranger's text unquoted. */
import { describe, expect, it } from 'vitest'
import {
  type ErrorCode,
  type ErrorDetail,
  hasCode,
  MeshError,
  reasonOf,
} from '../../node/core/errors.ts'

/** One of each; a code without an example here does not compile. */
const EXAMPLES: { readonly [C in ErrorCode]: Omit<Extract<ErrorDetail, { code: C }>, 'code'> } = {
  TOO_LARGE: { what: 'document', size: 2, limit: 1 },
  ENVELOPE_MALFORMED: { reason: 'r' },
  PAYLOAD_MALFORMED: { what: 'action', reason: 'r' },
  TARGET_INVALID: { reason: 'r', position: 3, target: 'name = ?' },
  POLICY_INVALID: { path: 'acl', reason: 'r' },
  CONFIG_INVALID: { file: 'config.json', path: 'listen', reason: 'r' },
  ACTION_INVALID: { path: 'name', reason: 'r' },
  MODULE_UNKNOWN: { module: 'fil', known: ['file', 'netstat'] },
  PARAMETERS_INVALID: { module: 'file', path: 'searches', reason: 'r' },
  FLAG_INVALID: { flag: '-e', reason: 'r' },
  KEY_INVALID: { key: 'k', reason: 'r' },
  SIGNING_FAILED: { key: 'k', reason: 'r' },
  SEAL_INVALID: { reason: 'r' },
  FRAME_INVALID: { reason: 'r' },
  STREAM_CLOSED: { reason: 'r' },
  PEER_UNREACHABLE: { peer: 'p', reason: 'r' },
  HOME_INVALID: { path: 'p', reason: 'r' },
  HOME_BUSY: { path: 'p' },
  FILE_UNREADABLE: { path: '/etc/x', reason: 'r' },
  REFUSED: { reason: 'r', explanation: 'e' },
  NOT_FOUND: { what: 'action', id: 'ab' },
  AMBIGUOUS: { what: 'action', id: 'ab', matches: 2 },
  EVIDENCE_INVALID: { reason: 'r' },
  NODE_FAILED: { reason: 'r' },
}
const all = Object.entries(EXAMPLES).map(
  ([code, data]) => [code, { code, ...data } as ErrorDetail] as const,
)

describe('an error', () => {
  it.each(all)('%s is known by its code and says what is wrong on one line', (code, detail) => {
    const cause = new Error('inner')
    const error = new MeshError(detail, { cause })
    expect(error.code).toBe(code)
    expect(hasCode(error, code as ErrorCode)).toBe(true)
    expect(error.cause).toBe(cause)
    expect(error.message).toMatch(/^[^\n]{5,200}$/)
    expect(error.message).not.toMatch(/undefined|\[object/)
  })

  it('has a message of its own for every code', () => {
    expect(new Set(all.map(([, detail]) => new MeshError(detail).message)).size).toBe(all.length)
  })

  it('has no code when it is not ours', () => {
    for (const other of [new Error('x'), { code: 'REFUSED' }, undefined, 'REFUSED']) {
      expect(hasCode(other, 'REFUSED')).toBe(false)
    }
  })

  it('points into a target from 1, as people count', () => {
    const target = 'x'.repeat(100)
    const { message } = new MeshError({ code: 'TARGET_INVALID', reason: 'r', position: 50, target })
    expect(message).toBe(`target: r, at position 51: "${'x'.repeat(60)}"`)
  })
})

it.each([
  [new Error('a\n  b\n'), 'a b'],
  ['text', 'text'],
  [undefined, 'undefined'],
])('the reason of %j is one line', (thrown, reason) => {
  expect(reasonOf(thrown)).toBe(reason)
})
