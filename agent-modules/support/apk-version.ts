/** Orders versions of Alpine packages as apk does: `1.2.3a_rc4_p5~0f3c-r6` (apk-package(5)). */
import { compareBytes, compareDigits } from './deb-version.ts'

/** What a version is made of, in the order in which one that goes on with it is newer. */
const KINDS = ['number', 'letter', 'suffix', 'count', 'commit', 'revision', 'end'] as const

interface Token {
  readonly kind: (typeof KINDS)[number]
  readonly text: string
}

const END: Token = { kind: 'end', text: '' }
/** Those before the empty one are older than the version without. */
const SUFFIXES = ['alpha', 'beta', 'pre', 'rc', '', 'cvs', 'svn', 'git', 'hg', 'p']
const RELEASED = SUFFIXES.indexOf('')

/** Negative when `one` is older. What is no version by apk's rules is compared up to where it stops being one. */
export function compareApkVersions(one: string, other: string): number {
  const first = tokens(one)
  const second = tokens(other)
  for (let index = 0; ; index += 1) {
    const token = first[index] ?? END
    const otherToken = second[index] ?? END
    if (token.kind !== otherToken.kind) return compareKinds(token, otherToken)
    if (token.kind === 'end') return 0
    const order =
      index === 0 ? compareDigits(token.text, otherToken.text) : compareTokens(token, otherToken)
    if (order !== 0) return order
  }
}

function compareTokens({ kind, text }: Token, other: Token): number {
  switch (kind) {
    case 'number':
      // Behind the first dot, 05 is a fraction's digits.
      return text.startsWith('0') || other.text.startsWith('0')
        ? compareBytes(text, other.text)
        : compareDigits(text, other.text)
    case 'suffix':
      return SUFFIXES.indexOf(text) - SUFFIXES.indexOf(other.text)
    case 'count':
    case 'revision':
      return compareDigits(text, other.text)
    case 'letter':
    case 'commit':
    case 'end':
      return compareBytes(text, other.text)
  }
}

/** All before is equal: an early suffix makes older, and what goes on is newer. */
function compareKinds(one: Token, other: Token): number {
  if (isEarly(one)) return -1
  if (isEarly(other)) return 1
  return KINDS.indexOf(other.kind) - KINDS.indexOf(one.kind)
}

const isEarly = ({ kind, text }: Token): boolean =>
  kind === 'suffix' && SUFFIXES.indexOf(text) < RELEASED

function tokens(version: string): Token[] {
  const [, numbers = '', letter = '', suffixes = '', commit = '', revision = ''] =
    /^([0-9]+(?:\.[0-9]+)*)([a-z]?)((?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*)(~[0-9a-f]+)?(-r[0-9]+)?/.exec(
      version,
    ) ?? []
  return [
    ...numbers.split('.').map((text): Token => ({ kind: 'number', text })),
    { kind: 'letter', text: letter } as const,
    ...suffixes.split('_').flatMap((suffix): Token[] => [
      { kind: 'suffix', text: suffix.replace(/[0-9]+$/, '') },
      { kind: 'count', text: suffix.replace(/^[a-z]+/, '') },
    ]),
    { kind: 'commit', text: commit.slice(1) } as const,
    { kind: 'revision', text: revision.slice(2) } as const,
  ].filter(({ text }) => text !== '')
}
