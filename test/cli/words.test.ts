import { describe, expect, it } from 'vitest'
import { formatDuration, parseDuration } from '../../cli/duration.ts'
import { exitCodeOfHunt } from '../../cli/exit.ts'
import { closest } from '../../agent-modules/support/suggest.ts'
import { expandTarget } from '../../cli/target.ts'
import { printable } from '../../node/core/printable.ts'
import { table } from '../../cli/render/table.ts'
import type { Tally, TargetState } from '../../node/core/hunt.ts'
import type { PeerId } from '../../node/core/ids.ts'
import { parseTarget } from '../../node/core/target/parse.ts'

describe('parseDuration', () => {
  it.each([
    ['300s', 300_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['250ms', 250],
    ['2d', 172_800_000],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text, '-e')).toBe(ms)
  })
  it.each(['', '5', 'm', '-5m', '5 m', '5x', '1e3s'])('refuses %j, naming the flag', (text) => {
    expect(() => parseDuration(text, '-e')).toThrow(/^-e: /)
  })
})

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [59_400, '59s'],
    [299_900, '5m'],
    [90_061_000, '1d 1h'],
  ])('says %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })
})

describe('closest', () => {
  it.each([
    ['reslts', 'results'],
    ['lanuch', 'launch'],
    ['agents', 'agents'],
    ['xyzzy', undefined],
  ])('takes %s for %s', (word, meant) => {
    expect(closest(word, ['results', 'launch', 'agents', 'up'])).toBe(meant)
  })
})

describe('expandTarget', () => {
  it('all means every agent, in the target language', () => {
    expect(parseTarget(expandTarget('all', {})).text).toBe('true')
  })
  it('a macro of the configuration wins', () => {
    expect(expandTarget('all', { all: "mode='daemon'" })).toBe("mode='daemon'")
  })
  it('leaves a condition alone', () => {
    expect(expandTarget("name = 'all'", {})).toBe("name = 'all'")
  })
  it('takes nothing from the prototype for a macro', () => {
    expect(expandTarget('constructor', {})).toBe('constructor')
  })
})

describe('printable', () => {
  it('lets nothing steer a terminal', () => {
    expect(printable('a\u001b[2Jb\nc\u202ed\u009b')).toBe('a\\x1b[2Jb\\x0ac\\u{202e}d\\x9b')
  })
  it('leaves letters of any script alone', () => {
    expect(printable('größe 名前')).toBe('größe 名前')
  })
})

describe('table', () => {
  it('pads all but the last column', () => {
    expect(
      table(
        ['A', 'B'],
        [
          ['long', 'x'],
          ['s', ''],
        ],
      ),
    ).toEqual(['A     B', 'long  x', 's'])
  })
})

describe('exitCodeOfHunt', () => {
  const tallyOf = (states: Partial<Record<TargetState, number>>, found = 0): Tally => {
    const none = {
      waiting: 0,
      running: 0,
      answered: 0,
      refused: 0,
      failed: 0,
      'timed-out': 0,
      cancelled: 0,
      silent: 0,
    }
    const targets = Object.entries(states).flatMap(([state, count]) =>
      Array.from({ length: count }, () => ({
        peer: 'p' as PeerId,
        name: 'n',
        state: state as TargetState,
        found: false,
        detail: '',
      })),
    )
    return { targets, counts: { ...none, ...states }, found, remarked: 0 }
  }
  const plain = { isConfirmed: true, isMatchAsked: false }
  it.each<[string, Tally, Parameters<typeof exitCodeOfHunt>[1], number]>([
    ['all answered', tallyOf({ answered: 2 }), plain, 0],
    [
      'all answered, but nobody stored it',
      tallyOf({ answered: 2 }),
      { ...plain, isConfirmed: false },
      4,
    ],
    ['one silent', tallyOf({ answered: 1, silent: 1 }), plain, 4],
    ['one refused', tallyOf({ refused: 1 }), plain, 4],
    ['one still running', tallyOf({ answered: 1, running: 1 }), plain, 4],
    ['nobody answered', tallyOf({ silent: 2 }), plain, 5],
    ['nobody known', tallyOf({}), plain, 5],
    ['found, and asked for', tallyOf({ answered: 1 }, 1), { ...plain, isMatchAsked: true }, 10],
    ['found, and not asked for', tallyOf({ answered: 1 }, 1), plain, 0],
    ['asked for, and not found', tallyOf({ answered: 1 }), { ...plain, isMatchAsked: true }, 0],
  ])('%s', (_, now, options, code) => {
    expect(exitCodeOfHunt(now, options)).toBe(code)
  })
})
