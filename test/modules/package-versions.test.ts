/** The order of package versions: each kind against the program that made its rules, over generated pairs. */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { compareAlpmVersions } from '../../agent-modules/support/alpm-version.ts'
import { compareApkVersions } from '../../agent-modules/support/apk-version.ts'
import { compareDebVersions } from '../../agent-modules/support/deb-version.ts'
import { parseVersionConstraint } from '../../agent-modules/support/packages/version-constraint.ts'
import { compareRpmVersions } from '../../agent-modules/support/rpm-version.ts'

type Pair = readonly [string, string]

const has = (program: string, ...args: string[]): boolean =>
  spawnSync(program, args).error === undefined

/** Neighbours of every kind: most pairs differ in one place only, as real ones do. */
function pairs(
  count: number,
  parts: readonly string[],
  isVersion: (text: string) => boolean,
): Pair[] {
  let state = 7
  const random = (limit: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  const piece = (): string => parts[random(parts.length)] ?? ''
  const made: Pair[] = []
  while (made.length < count) {
    const pieces = Array.from({ length: 1 + random(5) }, piece)
    const changed = [...pieces]
    changed[random(changed.length)] = random(3) === 0 ? '' : piece()
    if (random(4) === 0) changed.push(piece())
    const [one, other] = [`1${pieces.join('')}`, `1${changed.join('')}`]
    if (isVersion(one) && isVersion(other)) made.push([one, other])
  }
  return made
}

const PARTS = [
  '0',
  '1',
  '00',
  '10',
  '9',
  '.',
  '.',
  '.0',
  'a',
  'b',
  'rc1',
  '~',
  '~rc',
  '+',
  '-1',
  '-0',
]
const sign = (order: number): string => (order < 0 ? '<' : order > 0 ? '>' : '=')

/** What `compare` says of each pair, as lines that show the pair where they differ. */
const judged = (all: readonly Pair[], compare: (one: string, other: string) => number): string[] =>
  all.map(([one, other]) => `${one} ${sign(compare(one, other))} ${other}`)

/** A program asked of each pair by a loop of the shell, which saves starting a shell each. */
function askEach(all: readonly Pair[], script: string): string[] {
  const input = all.map((pair) => `${pair.join(' ')}\n`).join('')
  const loop = `while read a b; do ${script}; echo "$a $sign $b"; done`
  return spawnSync('sh', ['-c', loop], { input, encoding: 'utf8' }).stdout.trim().split('\n')
}

describe('versions of Debian packages', () => {
  const all = [
    ...pairs(400, PARTS, (text) => !text.endsWith('-') && /^[^-]*(?:-[0-9a-z.+~]+)*$/.test(text)),
    ...([
      ['1.0', '1.0-1'],
      ['1.0', '1.00'],
      ['1.0', '1.0-0'],
      ['0:1', '1'],
      ['1:0', '2'],
      ['2:1.0~rc1-1', '2:1.0-1'],
      ['1.2+dfsg-1', '1.2-1'],
      ['99999999999999999999', '100000000000000000000'],
    ] as const),
  ]

  it.skipIf(!has('dpkg', '--version'))('are ordered as dpkg does', () => {
    const script =
      'if dpkg --compare-versions "$a" lt "$b"; then sign="<"; elif dpkg --compare-versions "$a" eq "$b"; then sign="="; else sign=">"; fi'
    expect(judged(all, compareDebVersions)).toEqual(askEach(all, script))
  })

  it('know the tilde, epochs and revisions', () => {
    expect(judged(all.slice(-8), compareDebVersions)).toEqual([
      ...['1.0 < 1.0-1', '1.0 = 1.00', '1.0 = 1.0-0', '0:1 = 1', '1:0 > 2'],
      ...['2:1.0~rc1-1 < 2:1.0-1', '1.2+dfsg-1 > 1.2-1'],
      '99999999999999999999 < 100000000000000000000',
    ])
  })
})

describe('versions of RPM packages', () => {
  const all = [
    ...pairs(600, [...PARTS, '^', '^git1', '_'], (text) => !text.endsWith('-')),
    ...([
      ['1.0~rc1', '1.0'],
      ['1.0', '1.0^20240101'],
      ['1.0^20240101', '1.0.1'],
      ['1.0^1', '1.0^'],
      ['2:1.0-1', '1:9.0-1'],
      ['1.0-1', '0:1.0-1'],
      ['1.0', '1.0-1'],
      ['1.05', '1.5'],
    ] as const),
  ]

  it.skipIf(!has('rpm', '--version'))('are ordered as rpm does', () => {
    const list = all.map((pair) => `{${pair.map((each) => JSON.stringify(each)).join(',')}}`)
    const lua = `for _, p in ipairs({${list.join(',')}}) do local o = rpm.vercmp(p[1], p[2]); print(p[1] .. ' ' .. (o < 0 and '<' or o > 0 and '>' or '=') .. ' ' .. p[2] .. string.char(10)) end`
    const { stdout } = spawnSync('rpm', ['--eval', `%{lua:${lua}}`], { encoding: 'utf8' })
    expect(judged(all, compareRpmVersions)).toEqual(stdout.trim().split('\n'))
  })

  it('know the tilde, the caret and epochs', () => {
    expect(judged(all.slice(-8), compareRpmVersions)).toEqual([
      ...['1.0~rc1 < 1.0', '1.0 < 1.0^20240101', '1.0^20240101 < 1.0.1', '1.0^1 > 1.0^'],
      ...['2:1.0-1 > 1:9.0-1', '1.0-1 = 0:1.0-1', '1.0 < 1.0-1', '1.05 = 1.5'],
    ])
  })
})

describe('versions of Arch Linux packages', () => {
  const all = [
    ...pairs(
      400,
      [...PARTS, '..', '.a'].filter((part) => !part.includes('~')),
      (text) => !text.endsWith('-'),
    ),
    ...([
      ['1.0beta', '1.0'],
      ['1.0', '1.0.a'],
      ['1..0', '1.0'],
      ['1.0-1', '1.0'],
      ['1:1.0-1', '2.0-1'],
    ] as const),
  ]

  it.skipIf(!has('vercmp', '1', '1'))('are ordered as pacman does', () => {
    const script = 'case $(vercmp "$a" "$b") in -*) sign="<";; 0) sign="=";; *) sign=">";; esac'
    expect(judged(all, compareAlpmVersions)).toEqual(askEach(all, script))
  })

  it('know words, separators, epochs, and releases that only one has', () => {
    expect(judged(all.slice(-5), compareAlpmVersions)).toEqual([
      ...['1.0beta < 1.0', '1.0 < 1.0.a', '1..0 > 1.0', '1.0-1 = 1.0', '1:1.0-1 > 2.0-1'],
    ])
  })
})

describe('versions of Alpine packages', () => {
  // Each as apk orders it, by its own tests.
  const known = [
    ...[
      '2.34 > 0.1.0_alpha',
      '0.1.0_alpha2 > 0.1.0_alpha',
      '1.1 > 1.1_alpha1',
      '1.3_alpha < 1.3.1',
    ],
    ...['1.0.4-r3 < 1.0.4-r4', '2.3.0b-r1 < 2.3.0b-r2', '3.1_p16 < 3.1_p17', '1.06-r6 < 006'],
    ...['1.6 < 1.39', '0.12 < 0.13_beta1', '1.2.11 < 1.2.12.1', '2.1.10 > 02.08.01b'],
    ...[
      '1.02.07 < 1.02.10-r1',
      '1.2.07.8 < 1.2.12.04',
      '4.5_p1 < 4.5_p1-r1',
      '2.5.1-r8 < 2.5.1a-r1',
    ],
    ...[
      '0.1.0_alpha_pre2 < 0.1.0_alpha',
      '1.0_p10-r0 > 1.0_p9-r0',
      '1.0 < 1.0bc',
      '23_foo > 4_beta',
    ],
    ...['1.1.2 = 1.1.2', '2.16.1-r3 = 2.16.1-r3', '9 > 2.18.3-r10', '104-r11 > 104-r9'],
    ...['1.7 < 1.7b', '0.9.8c-r1 < 0.9.8d', '1.8.5 < 1.8.5_p2', '22.7.3-r1 > 22.7'],
  ]

  it.each(known)('%s', (line) => {
    const [one = '', , other = ''] = line.split(' ')
    expect(judged([[one, other]], compareApkVersions)).toEqual([line])
    const turned = compareApkVersions(other, one)
    expect(sign(-turned)).toBe(sign(compareApkVersions(one, other)))
  })
})

describe('a bound on versions', () => {
  const holds = (bound: string, type: 'dpkg' | 'rpm' | 'apk' | 'windows', version: string) =>
    parseVersionConstraint(bound)?.({ type, version })

  it('goes by the rules of the package’s own manager', () => {
    expect(holds('<1.0', 'dpkg', '1.0~rc1')).toBe(true)
    expect(holds('<1.0', 'apk', '1.0_rc1')).toBe(true)
    expect(holds('<1.0', 'dpkg', '1.0_rc1')).toBe(false)
    expect(holds('>=10.0.2', 'windows', '10.0.19041.1')).toBe(true)
  })

  it.each([
    ['<', [true, false, false]],
    ['<=', [true, true, false]],
    ['=', [false, true, false]],
    ['>=', [false, true, true]],
    ['>', [false, false, true]],
  ])('%s', (operator, expected) => {
    expect(['1.1', '1.2', '1.10'].map((each) => holds(`${operator}1.2`, 'dpkg', each))).toEqual(
      expected,
    )
  })

  it('without a release is met by every release of rpm, as in its own dependencies', () => {
    expect(holds('=1.2', 'rpm', '1.2-3.el9')).toBe(true)
    expect(holds('>1.2', 'rpm', '1.2-3.el9')).toBe(false)
    expect(holds('>1.2-2', 'rpm', '1.2-3.el9')).toBe(true)
    expect(holds('<1.2', 'rpm', '1:1.1-3.el9')).toBe(false)
  })

  it.each(['', '1.2', '<', '~1.2', '<>1', '< 1', '<1;2', `<${'1'.repeat(129)}`])(
    'is not %j',
    (text) => {
      expect(parseVersionConstraint(text)).toBeUndefined()
    },
  )
})
