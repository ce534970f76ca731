/** What the ladder may say: every code has words, none both kinds, and no detail is long. */
import { describe, expect, it } from 'vitest'
import {
  accept,
  explain,
  ignore,
  IGNORE_CODES,
  type IgnoreCode,
  reject,
  REJECT_CODES,
  type RejectCode,
} from '../../node/core/verdict.ts'

describe('a verdict', () => {
  it('carries what was accepted', () => {
    expect(accept(1)).toEqual({ kind: 'accept', value: 1 })
  })

  it('is blame or no blame, never both', () => {
    const both = Object.keys(REJECT_CODES).filter((code) => code in IGNORE_CODES)
    expect(both).toEqual([])
  })

  it.each(Object.entries(REJECT_CODES))('explains %s', (code, words) => {
    expect(explain(reject(code as RejectCode))).toBe(words)
    expect(explain(reject(code as RejectCode, 'x'))).toBe(`${words}: x`)
  })

  it.each(Object.entries(IGNORE_CODES))('explains %s', (code, words) => {
    expect(explain(ignore(code as IgnoreCode))).toBe(words)
    expect(explain(ignore(code as IgnoreCode, 'x'))).toBe(`${words}: x`)
  })

  it('is short, whatever a stranger wrote', () => {
    const long = 'x'.repeat(100_000)
    expect(reject('malformed-payload', long).detail).toHaveLength(256)
    expect(ignore('unknown-signer', long).detail).toHaveLength(256)
  })
})
