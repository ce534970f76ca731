/** The target language's limits, messages and outcomes. What its operators mean is in target-oracle.test.ts. */
import { describe, expect, it } from 'vitest'
import { MeshError } from '../../node/core/errors.ts'
import { evaluate, matches } from '../../node/core/target/evaluate.ts'
import { parseTarget } from '../../node/core/target/parse.ts'
import { agentRecord, JSON_DEPTH_LIMIT, RECORD_SIZE_LIMIT } from '../../node/core/target/record.ts'
import { DEPTH_LIMIT, NODES_LIMIT, TARGET_SIZE_LIMIT } from '../../node/core/target/scan.ts'
import { createRecord, NOW_MS } from '../helpers/agent-records.ts'

/** What a refused target says, and the text from the place it names. */
function refusal(text: string): { reason: string; at: string } {
  try {
    parseTarget(text)
  } catch (error) {
    if (!(error instanceof MeshError) || error.detail.code !== 'TARGET_INVALID') throw error
    const { reason, position } = error.detail
    return { reason, at: text.slice(position) }
  }
  throw new Error(`accepted: ${text.slice(0, 80)}`)
}

const repeat = (part: string, times: number, separator = ''): string =>
  Array.from({ length: times }, () => part).join(separator)

describe('a refused target names the place', () => {
  it.each([
    ["nme = 'db1'", /there is no column nme; there are: id, name/, "nme = 'db1'"],
    ["mode='daemon' AND host.name='x'", /there is no table host/, "host.name='x'"],
    ["mode='daemon' AND pid = 'abc'", /invalid input syntax for type integer: "abc"/, "'abc'"],
    ['pid = name', /no operator = takes integer and text/, '= name'],
    ["mode = 'x' AND name", /text where a condition is needed/, 'name'],
    ["name ~ 'a' AND name ~ '('", /invalid regular expression/, "'('"],
    ["name ~ '(a)\\1'", /\\1 is not supported/, "'(a)\\1'"],
    ['name ~ mode', /must be written as text in quotes/, 'mode'],
    ["name LIKE 'a\\'", /must not end with/, "'a\\'"],
    [
      "tags->>'level'::int > 1",
      /groups ->> and :: otherwise here, add parentheses/,
      "->>'level'::int > 1",
    ],
    ["mode = 'a' IS NULL", /add parentheses/, 'IS NULL'],
    ["name IN 'a'", /IN takes a list in parentheses/, "IN 'a'"],
    ['sleep(10) = 1', /there is no function sleep; there are: now, coalesce/, 'sleep(10) = 1'],
    ["environment->'os' = 'linux'", /type json: "linux"/, "'linux'"],
    ["tags @> '{}'", /operator @> is not supported/, "@> '{}'"],
    [
      'id IN (SELECT id FROM agents)',
      /subqueries are not supported, use -target-found/,
      'SELECT id FROM agents)',
    ],
    ["name = 'db1", /closing ' missing/, "'db1"],
    ['name = "db1"', /text takes single ones/, '"db1"'],
    ["name = 'a') OR (true", /unexpected "\)"/, ') OR (true'],
    ["(name = 'a'", /1 closing "\)" missing/, ''],
    ["name = 'a' AND", /ends too early/, ''],
    ["name = 'a' 'b'", /unexpected 'b'/, "'b'"],
    ["starttime < 'soon'", /write 2024-01-31 12:00:00\+00/, "'soon'"],
    [
      "(environment->'x')::int = 1",
      /cannot cast jsonb to integer, use ->>/,
      "environment->'x')::int = 1",
    ],
    ['name::uuid = name', /that type is not supported; there are: text/, 'name::uuid = name'],
    ["name = '\u0000'", /NUL/, "\u0000'"],
    ["name = '\ud800'", /broken character/, "name = '\ud800'"],
    ['', /is empty/, ''],
  ])('%s', (text, reason, at) => {
    expect(refusal(text)).toEqual({ reason: expect.stringMatching(reason) as string, at })
  })

  it('and says it in one line with an excerpt', () => {
    expect(() => parseTarget("mode = 'daemon' AND pid = 'abc'")).toThrow(
      'target: invalid input syntax for type integer: "abc", at position 27: ' +
        JSON.stringify(" 'daemon' AND pid = 'abc'"),
    )
  })
})

describe('limits', () => {
  it('takes a text of the largest size and no byte more', () => {
    const text = (size: number): string => `name = '${repeat('x', size - "name = ''".length)}'`
    expect(parseTarget(text(TARGET_SIZE_LIMIT)).text).toHaveLength(TARGET_SIZE_LIMIT)
    expect(refusal(text(TARGET_SIZE_LIMIT + 1)).reason).toMatch(/more than 4096 bytes/)
    expect(refusal(`name = '${repeat('é', TARGET_SIZE_LIMIT / 2)}'`).reason).toMatch(/4096 bytes/)
  })

  it('takes 256 names, values and operators and no more', () => {
    const chain = (terms: number): string => repeat("name='a'", terms, ' OR ')
    expect(() => parseTarget(chain(NODES_LIMIT / 4))).not.toThrow()
    expect(refusal(chain(NODES_LIMIT / 4 + 1)).reason).toMatch(/more than 256/)
  })

  it('takes 64 levels of parentheses or of expression and no more', () => {
    const nested = (levels: number): string => `${repeat('(', levels)}true${repeat(')', levels)}`
    expect(() => parseTarget(nested(DEPTH_LIMIT))).not.toThrow()
    expect(refusal(nested(DEPTH_LIMIT + 1)).reason).toMatch(/deeper than 64/)
    expect(() => parseTarget(`${repeat('NOT ', DEPTH_LIMIT - 1)}true`)).not.toThrow()
    expect(refusal(`${repeat('NOT ', DEPTH_LIMIT)}true`).reason).toMatch(/deeper than 64/)
  })

  it.each([
    ['250 KB of IN', `id IN (${repeat("'abcdef'", 28_000, ',')})`],
    ['10,000 parentheses', repeat('(', 10_000)],
    ['4 KB of parentheses', repeat('(', 4096)],
    ['4 KB of operators', repeat('+ ', 2048)],
    ['4 KB of one operator', repeat('-', 4096)],
    ['4 KB of commas', repeat(',', 4096)],
    ['4 KB of words', repeat('a ', 2048)],
    ['4 KB of quotes', repeat("'", 4095)],
    ['a regular expression that explodes', `name ~ '${repeat('(a{255}){255}', 3)}'`],
    ['a regular expression of many bounds', `name ~ '${repeat('a{255}', 600)}'`],
    ['a huge power of ten', "'1e999999'::numeric = 1"],
    ['deep JSON', `environment = '${repeat('[', 1000)}${repeat(']', 1000)}'`],
  ])('refuses %s', (_, text) => {
    expect(refusal(text).reason).not.toBe('')
  })

  it('keeps no more of a huge text than a target may have', () => {
    try {
      parseTarget(repeat('x', 250_000))
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(MeshError)
      expect(JSON.stringify(error).length).toBeLessThan(2 * TARGET_SIZE_LIMIT)
    }
  })
})

describe('an outcome', () => {
  const record = createRecord({ tags: { level: 'abc' } })

  it('is true, false, NULL or an error, and only true matches', () => {
    const outcomes = [
      "mode = 'daemon'",
      "mode = 'x'",
      "loadername = 'x'",
      "(tags->>'level')::int = 1",
    ]
    const targets = outcomes.map(parseTarget)
    expect(targets.map((target) => evaluate(target, record, NOW_MS))).toEqual([
      { truth: true },
      { truth: false },
      { truth: null },
      { error: 'invalid input syntax for type integer: "abc"' },
    ])
    expect(targets.map((target) => matches(target, record, NOW_MS))).toEqual([
      true,
      false,
      false,
      false,
    ])
  })

  it('takes NOW() from its caller', () => {
    const target = parseTarget("heartbeattime > NOW() - interval '1 minute'")
    expect(matches(target, createRecord({ heartbeattime: NOW_MS }), NOW_MS + 59_999)).toBe(true)
    expect(matches(target, createRecord({ heartbeattime: NOW_MS }), NOW_MS + 60_000)).toBe(false)
  })

  it('does not see what every object inherits', () => {
    const target = parseTarget("environment->>'constructor' IS NULL AND tags->>'toString' IS NULL")
    expect(matches(target, record, NOW_MS)).toBe(true)
  })
})

describe('an agent record', () => {
  it('is strict and bounded', () => {
    const accepts = (change: object): boolean =>
      agentRecord.safeParse({ ...createRecord(), ...change }).success
    expect(accepts({})).toBe(true)
    expect(accepts({ extra: 1 })).toBe(false)
    expect(accepts({ pid: 1.5 })).toBe(false)
    expect(accepts({ starttime: -1 })).toBe(false)
    expect(accepts({ name: 'a\u0000b' })).toBe(false)
    expect(accepts({ name: 'a\ud800' })).toBe(false)
    expect(accepts({ environment: [] })).toBe(false)
    expect(accepts({ environment: { 'a\u0000': 1 } })).toBe(false)
    expect(accepts({ environment: { text: repeat('x', RECORD_SIZE_LIMIT) } })).toBe(false)
    expect(accepts({ tags: Object.fromEntries([...repeat('x', 65)].map((_, i) => [i, ''])) })).toBe(
      false,
    )
  })

  it('is refused, not a crash, when its environment nests without end', () => {
    const deep = (levels: number): unknown =>
      JSON.parse(`${repeat('[', levels)}${repeat(']', levels)}`)
    const accepts = (levels: number): boolean =>
      agentRecord.safeParse({ ...createRecord(), environment: { deep: deep(levels) } }).success
    expect(accepts(JSON_DEPTH_LIMIT - 1)).toBe(true)
    expect(accepts(JSON_DEPTH_LIMIT)).toBe(false)
    expect(accepts(7000)).toBe(false)
  })
})
