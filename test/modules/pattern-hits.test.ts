/** Patterns in long streams: what is found is what re2js finds line by line, whatever the pattern, the bytes and where pieces end. */
import fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, it } from 'vitest'
import { ByteHits } from '../../agent-modules/support/byte-hits.ts'
import { Pattern } from '../../agent-modules/support/pattern.ts'
import { WINDOW, type Piece } from '../../agent-modules/support/pattern-hits.ts'

interface Finder {
  feed(piece: Piece, hit: (offset: number) => number): void
  end(): boolean
}

/** Where hits are, in the whole stream, and whether its end made one more. */
function search(finder: Finder, stream: Buffer, cuts: readonly number[]): readonly number[] {
  const hits: number[] = []
  const bounds = [...new Set([0, ...cuts, stream.length])].sort((a, b) => a - b)
  bounds.slice(1).forEach((to, index) => {
    const from = bounds[index] ?? 0
    const history = Math.min(from, 2 * WINDOW)
    const piece = { bytes: stream.subarray(from - history, to), fresh: history }
    finder.feed(piece, (offset) => {
      hits.push(from - history + offset)
      return 0
    })
  })
  if (finder.end()) hits.push(stream.length)
  return hits
}

const linesOf = (stream: Buffer): Buffer[] => {
  const lines: Buffer[] = []
  let from = 0
  while (from < stream.length) {
    const newline = stream.indexOf(10, from)
    const to = newline < 0 ? stream.length : newline
    lines.push(stream.subarray(from, to > from && stream[to - 1] === 13 ? to - 1 : to))
    from = to + 1
  }
  return lines
}

const atom = fc.constantFrom(
  ...['a', 'b', 'foob', 'foo-bar', 'é', '\\x00', '.', '\\d', '\\w', '\\W', '[^a]', '\\x{fffd}'],
  ...['^', '$', '\\b', '\\B', '(?i:FOOB)', 'a*', '(foob|bar-)', 'x{2}', '[a-c]+'],
)
const pattern = fc.array(atom, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''))
const chunk = fc.constantFrom(
  ...['a', 'b', 'foob', 'foo-bar', 'bar-', 'é', '\0', '\n', '\r\n', '\r', ' ', 'xx', '7', 'FooB'],
)
const bytes = fc
  .array(
    fc.oneof(
      chunk.map((text) => Buffer.from(text)),
      fc.constant(Buffer.from([0xc3])),
    ),
    {
      maxLength: 30,
    },
  )
  .map((parts) => Buffer.concat(parts))

describe('PatternHits', () => {
  it('finds something where, and only where, re2js finds some line that matches', () => {
    fc.assert(
      fc.property(pattern, bytes, fc.array(fc.nat(120)), (source, stream, cuts) => {
        const re2 = RE2JS.compile(source)
        const expected = linesOf(stream).some((line) => re2.test(new Uint8Array(line)))
        const places = cuts.filter((cut) => cut < stream.length)
        expect(search(new Pattern(source).findAll(), stream, places).length > 0).toBe(expected)
      }),
      { numRuns: 10_000 },
    )
  })

  it('finds each of many, wherever pieces end', () => {
    const words = Array.from({ length: 400 }, (_, index) => `key-${index};`)
    const stream = Buffer.from(`${words.join('x'.repeat(997))}\n`)
    const whole = search(new Pattern('key-[0-9]+;').findAll(), stream, [])
    expect(whole).toHaveLength(words.length)
    for (const size of [61, 1023, 4096, 65_537]) {
      const cuts = Array.from({ length: Math.floor(stream.length / size) }, (_, at) => at * size)
      expect(search(new Pattern('key-[0-9]+;').findAll(), stream, cuts)).toEqual(whole)
    }
  })

  it('finds what lies within the window around its literal, in lines longer than that', () => {
    const line = (before: number, behind: number): Buffer =>
      Buffer.from(`${'-'.repeat(50_000)}A${'x'.repeat(before)}LITERAL${'y'.repeat(behind)}Z`)
    const cuts = Array.from({ length: 30 }, (_, at) => at * 2000)
    for (const [before, behind] of [
      [0, 0],
      [WINDOW - 1, WINDOW - 10],
      [10, WINDOW - 10],
    ] as const)
      expect(
        search(new Pattern('Ax*LITERALy*Z').findAll(), line(before, behind), cuts),
      ).not.toEqual([])
  })

  it('does not take the middle of a line for its beginning, nor a word for its end', () => {
    const stream = Buffer.from(`${'w'.repeat(20_000)}needle${'w'.repeat(20_000)}`)
    const cuts = [5000, 20_003, 30_000]
    for (const source of ['^w*needle', '^needle', '\\bw{10}needle', 'needle$', 'needle\\b'])
      expect(search(new Pattern(source).findAll(), stream, cuts)).toEqual([])
    const first = search(new Pattern('needle').findAll(), stream, cuts)
    expect(first).toHaveLength(1)
    expect(stream.subarray(0, (first[0] ?? 0) + 1).toString()).toMatch(/needle$/)
  })

  it('begins anew behind a gap', () => {
    const finder = new Pattern('needle$').findAll()
    expect(search(finder, Buffer.from('a needle'), [])).toHaveLength(1)
    expect(search(finder, Buffer.from('need'), [])).toEqual([])
    expect(search(finder, Buffer.from('le'), [])).toEqual([])
    expect(search(finder, Buffer.from('needle'), [3])).toHaveLength(1)
  })
})

describe('ByteHits', () => {
  it('finds each place once, wherever pieces end', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 3, max: 1 }),
        fc.uint8Array({ maxLength: 40, max: 1 }),
        fc.array(fc.nat(40)),
        (wanted, bytes, cuts) => {
          const stream = Buffer.from(bytes)
          const expected = [...stream.keys()].filter((at) =>
            stream.subarray(at, at + wanted.length).equals(wanted),
          )
          const places = cuts.filter((cut) => cut < stream.length)
          expect(search(new ByteHits(Buffer.from(wanted)), stream, places)).toEqual(expected)
        },
      ),
      { numRuns: 2000 },
    )
  })
})
