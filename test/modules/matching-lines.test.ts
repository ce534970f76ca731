/** Lines of a block that match are those that re2js says match one by one. */
import fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, it } from 'vitest'
import { LineBlocks, lineRanges, LINE_LIMIT } from '../../agent-modules/log/line-blocks.ts'
import { Pattern } from '../../agent-modules/support/pattern.ts'

const SOURCES = [
  'a',
  '^a',
  'a$',
  '^$',
  '',
  'b+c',
  'abcd|bcde',
  '(?i)ABCD',
  '\\bab\\b',
  '[^a]',
  'é.',
  '^.*b',
]
const text = fc
  .array(fc.constantFrom('a', 'b', 'c', 'abcd', 'bcde', 'ABCD', 'é', ' ', '\n', '\n', '\r\n', '\r'))
  .map((parts) => parts.join(''))

/** Go's lines: a newline at the very end begins none. */
function linesOf(block: string): readonly string[] {
  const lines = block.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line) => line.replace(/\r$/, ''))
}

describe('matchingLines', () => {
  it.each(SOURCES)('agrees with re2js: %s', (source) => {
    const [pattern, oracle] = [new Pattern(source), RE2JS.compile(source)]
    fc.assert(
      fc.property(text, (block) => {
        const bytes = Buffer.from(block)
        const found = [...pattern.matchingLines(bytes)].map(({ from, to }) =>
          bytes.toString('utf8', from, to).replace(/\r$/, ''),
        )
        expect(found).toEqual(linesOf(block).filter((line) => oracle.test(line)))
      }),
      { numRuns: 300 },
    )
  })
})

describe('LineBlocks', () => {
  it('gives the same lines however they come', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(5)), (whole, sizes) => {
        const bytes = Buffer.from(whole)
        const blocks = new LineBlocks()
        const lines: string[] = []
        const take = (found: Iterable<Buffer>): void => {
          for (const block of found)
            for (const { from, to } of lineRanges(block))
              lines.push(block.toString('utf8', from, to))
        }
        let from = 0
        for (const size of sizes) {
          take(blocks.feed(bytes.subarray(from, from + size)))
          from += size
        }
        take(blocks.feed(bytes.subarray(from)))
        take(blocks.end())
        expect(lines.map((line) => line.replace(/\r$/, ''))).toEqual(linesOf(whole))
      }),
    )
  })

  it('keeps the beginning of a line that is too long, and the whole of the next one', () => {
    const blocks = new LineBlocks()
    const whole = Buffer.from(`${'x'.repeat(3 * LINE_LIMIT)}\nnext\n`)
    const lines: string[] = []
    for (let from = 0; from < whole.length; from += LINE_LIMIT)
      for (const block of blocks.feed(whole.subarray(from, from + LINE_LIMIT)))
        lines.push(block.toString())
    expect(lines).toEqual(['x'.repeat(LINE_LIMIT), 'next\n'])
    expect(blocks.cutLines).toBe(1)
  })
})
