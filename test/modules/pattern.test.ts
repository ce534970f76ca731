/** Patterns: the own automaton says what re2js says, line by line, whatever the pattern, the bytes and where chunks end. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, it } from 'vitest'
import { LineAutomaton } from '../../agent-modules/support/line-automaton.ts'
import { LineSearch } from '../../agent-modules/support/line-search.ts'
import { Pattern } from '../../agent-modules/support/pattern.ts'
import {
  compileRe2,
  EMPTY,
  OP,
  PatternError,
  programOf,
} from '../../agent-modules/support/re2-program.ts'

/** 3 properties of this many cases each. A failure prints its seed; MIG_FUZZ_SEED repeats it. */
const CASES = 10_000
const seed = process.env['MIG_FUZZ_SEED']
const settings = { numRuns: CASES, ...(seed === undefined ? {} : { seed: Number(seed) }) }

/** The lines of Go's bufio.ScanLines. */
function goLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = []
  let from = 0
  while (from < bytes.length) {
    const newline = bytes.indexOf(10, from)
    const to = newline < 0 ? bytes.length : newline
    lines.push(bytes.subarray(from, to > from && bytes[to - 1] === 13 ? to - 1 : to))
    from = to + 1
  }
  return lines
}

const atom = fc.constantFrom(
  ...[
    'a',
    'b',
    'ab',
    'foo',
    ' ',
    '_',
    '0',
    'é',
    '€',
    '😀',
    'k',
    's',
    'ß',
    '\\.',
    '.',
    '\\d',
    '\\D',
  ],
  ...[
    '\\w',
    '\\W',
    '\\s',
    '\\S',
    '[a-c]',
    '[^a]',
    '[^\\x00-\\x7f]',
    '[é-€]',
    '\\pL',
    '\\PL',
    '\\x{fffd}',
  ],
  ...[
    '[[:alpha:]]',
    '[^[:^digit:]]',
    '\\r',
    '\\n',
    '\\x00',
    '\\Qa.b\\E',
    '^',
    '$',
    '\\b',
    '\\B',
    '\\A',
    '\\z',
  ],
  ...[
    '(?i)k',
    '(?i:ſ)',
    '(?i:foo)',
    '(?s).',
    '(?m)^',
    '(?m)$',
    '[\\x{10000}-\\x{10ffff}]',
    '\\p{Greek}',
  ],
)
const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    atom,
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => a + b),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(${a}|${b})`),
    fc
      .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '*?', '{2}', '{1,3}', '{0,2}?', '{2,}'))
      .map(([a, repeat]) => `(?:${a})${repeat}`),
  ),
}))

const bytes = fc
  .array(
    fc.constantFrom(
      ...[
        'a',
        'b',
        'c',
        'ab',
        'foo',
        'FOO',
        ' ',
        '_',
        '0',
        'é',
        '€',
        '😀',
        'K',
        'k',
        '\u212a',
        'ſ',
        'S',
        'Ω',
        '.',
        '\ufffd',
        '\0',
      ].map((text) => Buffer.from(text)),
      ...[
        '0a',
        '0a',
        '0d0a',
        '0d',
        'ff',
        'c3',
        'e2',
        'e282',
        'f0',
        'f09f98',
        '80',
        'eda080',
        'c080',
        'e08080',
        'e09fbf',
        'f48fbfbf',
        'f4908080',
        'f0808080',
      ].map((hex) => Buffer.from(hex, 'hex')),
    ),
    { maxLength: 24 },
  )
  .map((parts) => Buffer.concat(parts))

const cuts = fc.array(fc.nat({ max: 40 }), { maxLength: 4 })

function search(lines: LineSearch, whole: Buffer, places: readonly number[]): boolean | undefined {
  const ends = [...new Set(places)].filter((place) => place < whole.length).sort((a, b) => a - b)
  let from = 0
  for (const end of ends) {
    lines.feed(whole.subarray(from, end), false)
    from = end
  }
  lines.feed(whole.subarray(from), true)
  return lines.verdict
}

describe('a pattern over lines', () => {
  it('finds a line where re2js finds one', () => {
    fc.assert(
      fc.property(pattern, bytes, cuts, (source, whole, places) => {
        const oracle = RE2JS.compile(source)
        const expected = goLines(whole).some((line) => oracle.test(line))
        expect(search(new Pattern(source).searchLines('some'), whole, places)).toBe(expected)
      }),
      settings,
    )
  })

  it('says that every line matches where re2js says so of each', () => {
    fc.assert(
      fc.property(pattern, bytes, cuts, (source, whole, places) => {
        const oracle = RE2JS.compile(source)
        const expected = goLines(whole).every((line) => oracle.test(line))
        expect(search(new Pattern(source).searchLines('every'), whole, places)).toBe(expected)
      }),
      settings,
    )
  })

  it('says the same with so few states that they are thrown away again and again', () => {
    fc.assert(
      fc.property(pattern, bytes, cuts, (source, whole, places) => {
        const automaton = new LineAutomaton(programOf(compileRe2(source)), 5)
        const lines = new LineSearch(automaton, { quantifier: 'some', literals: [] })
        const oracle = RE2JS.compile(source)
        expect(search(lines, whole, places)).toBe(goLines(whole).some((line) => oracle.test(line)))
      }),
      settings,
    )
  })

  it('stays linear and small where a backtracking engine never ends', () => {
    const lines = new Pattern('^(x+x+)+y$').searchLines('some')
    lines.feed(Buffer.alloc(3_000_000, 'x'), true)
    expect(lines.verdict).toBe(false)
  })

  it('knows a match before its line ends', () => {
    const lines = new Pattern('a').searchLines('some')
    lines.feed(Buffer.from('bb'), false)
    expect(lines.verdict).toBeUndefined()
    lines.feed(Buffer.from('ab'), false)
    expect(lines.verdict).toBe(true)
  })
})

describe('a pattern over names', () => {
  it('says what re2js says, of names with line ends and of names that are not UTF-8 too', () => {
    fc.assert(
      fc.property(pattern, bytes, (source, raw) => {
        const oracle = RE2JS.compile(source)
        const text = raw.toString()
        expect(new Pattern(source).test(text)).toBe(oracle.test(text))
        expect(new Pattern(source).test(text, raw)).toBe(oracle.test(raw))
      }),
      { ...settings, numRuns: 3000 },
    )
  })
})

describe('the literals a pattern needs', () => {
  it.each([
    ['BEGIN (RSA|DSA|EC|OPENSSH) PRIVATE KEY', ['PRIVATE']],
    ['^\\s*password\\s*=', ['passwor']],
    ['(foo|bar)z?', ['foo', 'bar']],
    ['(?i)foo', []],
    ['x*', []],
    ['a\ufffdb', []],
  ])('of %s are known', (source, literals) => {
    const found = programOf(compileRe2(source)).literals.map((literal) => literal.toString())
    expect(found).toEqual(literals)
  })
})

describe('what stands in for bytes that are not UTF-8', () => {
  it('is matched by them, though its own bytes are not there', () => {
    const search = new Pattern('a\ufffdb').searchLines('some')
    search.feed(Buffer.from([0x61, 0xff, 0x62]), true)
    expect(search.verdict).toBe(true)
    expect(new Pattern('a\ufffdb').cannotMatchIn(Buffer.from([0x61, 0xff, 0x62]))).toBe(false)
  })
})

describe('re2js, whose compiled programs are read', () => {
  it('is the very version that re2-program.ts was written for', () => {
    const manifest = new URL('../package.json', import.meta.resolve('re2js'))
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
    expect(version).toBe('2.10.0')
  })

  it.each([
    ['ab|cd', OP.alternative],
    ['(?:a|b)*', OP.alternative],
    ['(a)', OP.capture],
    ['^a', OP.emptyWidth],
    ['a', OP.match],
    ['[a-c]', OP.rune],
    ['a', OP.rune1],
    ['(?s).', OP.runeAny],
    ['.', OP.runeAnyNotNewline],
  ])('compiles %s with an instruction numbered %i', (source, op) => {
    const { instructions } = programOf(RE2JS.compile(source))
    expect(instructions.map((instruction) => instruction.op)).toContain(op)
  })

  it.each([
    ['\\A', EMPTY.beginText],
    ['\\z', EMPTY.endText],
    ['(?m)^', EMPTY.beginLine],
    ['(?m)$', EMPTY.endLine],
    ['\\b', EMPTY.wordBoundary],
    ['\\B', EMPTY.noWordBoundary],
  ])('compiles %s to a place of the bits %i', (source, place) => {
    const { instructions } = programOf(RE2JS.compile(source))
    expect(instructions.filter(({ op }) => op === OP.emptyWidth)).toMatchObject([
      { argument: place },
    ])
  })
})

describe('a pattern that cannot be used', () => {
  it.each(['(', 'a{1001}', '(?=a)', '\\8', '[z-a]', '(?:(?:(?:a{100}){100}){100})'])(
    '%s is refused with the reason',
    (source) => {
      expect(() => new Pattern(source)).toThrow(PatternError)
    },
  )
})
