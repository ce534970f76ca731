/** Nothing that a person wrote is dropped silently: a key that is there twice is refused, with its place. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findTwiceKey, parseJsonText } from '../../node/core/json-text.ts'

describe('findTwiceKey', () => {
  it.each([
    ['{"a":1,"a":2}', { key: 'a', line: 1, column: 8 }],
    ['{"a":{"b":1},\n  "c":[{}, {"d":1,\n"d":2}]}', { key: 'd', line: 3, column: 1 }],
    ['{"a":[1,{"x":2}],"\\u0061":2}', { key: 'a', line: 1, column: 18 }],
    ['{"a":{"a":{"a":"a"}},"b":["a","a"]}', undefined],
    ['[{"a":1},{"a":1}]', undefined],
    ['{"a":"\\",\\"a\\":1","b":"}{"}', undefined],
    ['"a"', undefined],
    ['{"__proto__":1,"__proto__":2}', { key: '__proto__', line: 1, column: 16 }],
  ])('%s', (text, twice) => {
    expect(findTwiceKey(text)).toEqual(twice)
  })

  it('finds none in what was written from an object, however it is indented', () => {
    const law = fc.property(fc.jsonValue(), fc.nat({ max: 4 }), (value, indent) => {
      expect(findTwiceKey(JSON.stringify(value, null, indent))).toBeUndefined()
    })
    fc.assert(law)
  })
})

describe('parseJsonText', () => {
  it('reads what JSON.parse reads', () => {
    expect(parseJsonText('{"a":[1,"x",null]}')).toEqual({ a: [1, 'x', null] })
  })
  it('names the key and the place', () => {
    expect(() => parseJsonText('{"acl":1,\n "acl":2}')).toThrow(
      'has the key "acl" twice, at line 2 column 2',
    )
  })
})
