/** Bytes to text and back: one spelling for everything, and what is not that spelling is refused. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  fromBase64,
  fromBase64url,
  fromUtf8,
  isPlainJson,
  NESTING_LIMIT,
  parseCanonicalJson,
  sha256Hex,
  toBase64,
  toBase64url,
  toUtf8,
} from '../../node/core/bytes.ts'

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)

describe('base64', () => {
  it('gives back what went in, and takes no other spelling of it', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), (bytes, other) => {
        expect(fromBase64(toBase64(bytes))).toEqual(Buffer.from(bytes))
        expect(fromBase64url(toBase64url(bytes))).toEqual(Buffer.from(bytes))
        const taken = fromBase64(other)
        expect(taken === undefined || toBase64(taken) === other).toBe(true)
      }),
    )
  })

  it.each(['QR==', 'QQ', 'QQ=', 'QQ===', 'Q Q=', 'QQ==\n', '=', '-_8=', 'QUJ'])(
    'refuses %j',
    (text) => {
      expect(fromBase64(text)).toBeUndefined()
    },
  )

  it.each(['QR', 'QQ==', '+/8', 'Q', 'QQ '])('refuses %j as URL-safe', (text) => {
    expect(fromBase64url(text)).toBeUndefined()
  })

  it('sees only the part of a buffer that it is given', () => {
    const part = Uint8Array.of(1, 2, 3, 4).subarray(1, 3)
    expect(toBase64(part)).toBe(toBase64(Uint8Array.of(2, 3)))
    expect(toBase64url(part)).toBe(toBase64url(Uint8Array.of(2, 3)))
  })
})

describe('UTF-8', () => {
  it.each([
    ['a lone continuation', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['past the last code point', [0xf4, 0x90, 0x80, 0x80]],
    ['a character cut off', [0xe2, 0x82]],
  ])('refuses %s', (_, bytes) => {
    expect(() => fromUtf8(Uint8Array.from(bytes))).toThrow(TypeError)
  })

  it('keeps a byte order mark', () => {
    expect(fromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\uFEFFa')
  })
})

it('hashes as sha256sum does (FIPS 180-4, "abc")', () => {
  expect(sha256Hex(toUtf8('abc'))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
})

describe('canonical JSON', () => {
  it('is what JSON.stringify writes', () => {
    fc.assert(
      fc.property(
        fc.jsonValue().filter((value) => isPlainJson(value)),
        (value) => {
          const text = JSON.stringify(value)
          expect(JSON.stringify(parseCanonicalJson(toUtf8(text)))).toBe(text)
        },
      ),
    )
  })

  it.each([
    ['white space', '{"a": 1}'],
    ['a byte order mark', '\uFEFF{}'],
    ['a key twice', '{"a":1,"a":2}'],
    ['keys like integers out of order', '{"2":1,"1":1}'],
    ['an integer past 2^53', '9007199254740993'],
    ['minus zero', '-0'],
    ['a fraction that is none', '1.0'],
    ['an exponent', '1e2'],
    ['more than a double holds', '1e999'],
    ['a needless escape', '"\\u0061"'],
    ['an escaped slash', '"\\/"'],
    ['a prototype', '{"__proto__":{}}'],
    ['a prototype inside', '[{"a":{"__proto__":1}}]'],
    ['a comment', '{}//'],
    ['nothing', ''],
    ['one level too many', nested(NESTING_LIMIT + 1)],
    ['more levels than a stack has', nested(100_000)],
  ])('refuses %s', (_, text) => {
    expect(parseCanonicalJson(toUtf8(text))).toBeUndefined()
  })

  it('takes all the levels there may be, and the word __proto__ as text', () => {
    expect(parseCanonicalJson(toUtf8(nested(NESTING_LIMIT)))).toBeDefined()
    expect(parseCanonicalJson(toUtf8('["__proto__"]'))).toEqual(['__proto__'])
  })

  it('is plain', () => {
    for (const odd of [
      undefined,
      NaN,
      Infinity,
      1n,
      Symbol('x'),
      () => 1,
      [undefined],
      { a: NaN },
    ]) {
      expect(isPlainJson(odd)).toBe(false)
    }
  })
})
