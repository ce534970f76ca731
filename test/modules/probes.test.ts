/** One action cannot spell out what a host keeps private: patterns on that are counted over all of it. */
import { describe, expect, it } from 'vitest'
import { requireFewProbes } from '../../agent-modules/registry.ts'

const contents = (count: number): string[] => Array.from({ length: count }, (_, at) => `^pw${at}`)
const ask = (
  searches: Readonly<Record<string, object>>,
): { module: string; parameters: object } => ({
  module: 'file',
  parameters: {
    searches: Object.fromEntries(
      Object.entries(searches).map(([label, fields]) => [label, { paths: ['/etc'], ...fields }]),
    ),
  },
})
const asking = (...operations: readonly { module: string; parameters: unknown }[]) =>
  expect(requireFewProbes(operations))

describe('requireFewProbes', () => {
  it('takes what hunts need: 32 contents and byte strings, any number of names and hashes', async () => {
    const names = { names: contents(500), sha2: Array(500).fill('a'.repeat(64)) }
    const file = ask({ s1: { contents: contents(30), bytes: ['00', '01'], ...names } })
    await asking(file).resolves.toBeUndefined()
    await asking({ module: 'example', parameters: { gethostname: true } }).resolves.toBeUndefined()
  })

  it.each([
    ['in one search', [ask({ s1: { contents: contents(33) } })]],
    ['of both kinds', [ask({ s1: { contents: contents(32), bytes: ['00'] } })]],
    [
      'in many searches',
      [ask(Object.fromEntries(contents(33).map((text) => [text, { contents: [text] }])))],
    ],
    ['in many operations', contents(33).map((text) => ask({ s1: { contents: [text] } }))],
    [
      'of several modules',
      [
        ask({ s1: { contents: contents(32) } }),
        { module: 'log', parameters: { sources: ['auth'], regexes: ['x'] } },
      ],
    ],
  ])('refuses 33 %s, and says the limit', async (_, operations) => {
    await asking(...operations).rejects.toThrow(
      /at most 32 patterns in all against what a host keeps private.*holds 33$/,
    )
  })
})
