import { describe, expect, it } from 'vitest'
import {
  type FlagShape,
  groupByName,
  mergeFlags,
  readFlags,
  toCommander,
} from '../../cli/grammar.ts'
import { MeshError } from '../../node/core/errors.ts'

const SHAPES: readonly FlagShape[] = [
  { name: 't', kind: 'value', repeatable: false },
  { name: 'path', kind: 'value', repeatable: true },
  { name: 'content', kind: 'value', repeatable: true },
  { name: 'matchall', kind: 'boolean', repeatable: false },
]
const OPTIONS = { owner: 'mig file', shapes: SHAPES }

const given = (...argv: string[]): string[] =>
  readFlags(argv, OPTIONS).given.map(({ name, value }) => `${name}=${value}`)

const refusal = (...argv: string[]): string => {
  try {
    readFlags(argv, OPTIONS)
  } catch (error) {
    if (error instanceof MeshError && error.code === 'FLAG_INVALID') return error.message
    throw error
  }
  throw new Error(`${argv.join(' ')} was taken`)
}

describe('readFlags', () => {
  it.each<[string, string[], string[]]>([
    ['one dash', ['-t', 'all'], ['t=all']],
    ['two dashes', ['--t', 'all'], ['t=all']],
    ['a value behind =', ['-t=all'], ['t=all']],
    ['two dashes and =', ['--path=/etc'], ['path=/etc']],
    ['an empty value behind =', ['-content='], ['content=']],
    ['an empty value', ['-content', ''], ['content=']],
    ['a value with = in it', ['-content=a=b'], ['content=a=b']],
    ['a value that begins with dashes', ['-content', '-----BEGIN'], ['content=-----BEGIN']],
    ['a value that looks like a flag', ['-content', '-t'], ['content=-t']],
    ['a value that is the end of flags', ['-content', '--'], ['content=--']],
    ['a value of several lines', ['-content=a\nb'], ['content=a\nb']],
    ['a boolean', ['-matchall'], ['matchall=true']],
    ['a boolean turned off', ['-matchall=false'], ['matchall=false']],
    ['Go spellings of truth', ['-matchall=F', '--matchall=1'], ['matchall=false', 'matchall=true']],
    ['a repeatable flag', ['-path', '/a', '-path=/b'], ['path=/a', 'path=/b']],
    ['different flags in order', ['-path', '/a', '-t', 'x'], ['path=/a', 't=x']],
  ])('reads %s', (_, argv, expected) => {
    expect(given(...argv)).toEqual(expected)
  })

  it.each<[string, string[], RegExp]>([
    ['an unknown flag', ['-zz', '1'], /^-zz: is not a flag of mig file$/],
    ['a mistyped flag', ['-pth', '/'], /did you mean -path\?$/],
    ['a flag without its value', ['-t'], /^-t: needs a value$/],
    ['a single flag twice', ['-t', 'a', '-t', 'b'], /^-t: is given twice$/],
    ['a boolean with another value', ['-matchall=maybe'], /not "maybe"$/],
    ['three dashes', ['---t', 'x'], /^---t: is not a flag/],
    ['a nameless flag', ['-=x'], /is not a flag/],
  ])('refuses %s in one line', (_, argv, expected) => {
    expect(refusal(...argv)).toMatch(expected)
  })

  it('takes words between flags, and everything after --', () => {
    const { positionals } = readFlags(['a', '-t', 'x', 'b', '-', '--', '-path'], OPTIONS)
    expect(positionals).toEqual(['a', 'b', '-', '-path'])
  })

  it('a boolean takes no word from behind it', () => {
    expect(readFlags(['-matchall', 'false'], OPTIONS).positionals).toEqual(['false'])
  })

  it('stops at the first flag it does not know, when asked to', () => {
    const { given: known, rest } = readFlags(['-t', 'all', '-d', 'x', '-t', 'y'], {
      ...OPTIONS,
      stopAt: 'unknown-flag',
    })
    expect(known).toEqual([{ name: 't', value: 'all' }])
    expect(rest).toEqual(['-d', 'x', '-t', 'y'])
  })

  it('stops at the first word, when asked to', () => {
    const { rest } = readFlags(['-t', 'all', 'file', '-t', 'y'], { ...OPTIONS, stopAt: 'word' })
    expect(rest).toEqual(['file', '-t', 'y'])
  })
})

describe('mergeFlags', () => {
  it('refuses a single flag that stands before and after the command', () => {
    const one = [{ name: 't', value: 'a' }]
    expect(() => mergeFlags(one, one, SHAPES)).toThrow('-t: is given twice')
  })
})

describe('toCommander', () => {
  it('spells every flag the one way commander reads', () => {
    const { given: flags } = readFlags(
      ['-t', '-x', '-path=/a', '-path', '/b', '-matchall'],
      OPTIONS,
    )
    expect(toCommander(flags, SHAPES)).toEqual(['--t=-x', '--path=/a', '--path=/b', '--matchall'])
  })

  it("lets a boolean's last word count", () => {
    const { given: flags } = readFlags(['-matchall', '-matchall=false'], OPTIONS)
    expect(toCommander(flags, SHAPES)).toEqual([])
  })
})

describe('groupByName', () => {
  it('keeps the order of values', () => {
    const { given: flags } = readFlags(['-path', '/b', '-t', 'x', '-path', '/a'], OPTIONS)
    expect(groupByName(flags).get('path')).toEqual(['/b', '/a'])
  })
})
