/** The flags of a hunt, read once. */
import { flagInvalid } from './cli.ts'
import { parseDuration } from './duration.ts'
import type { Flags } from './flags.ts'

/** MIG's five minutes. */
const DEFAULT_EXPIRY = '5m'

export type Show = 'found' | 'notfound' | 'all'

export interface HuntOptions {
  readonly target: string | undefined
  /** Only agents that did, or did not, find something in an earlier action; `id` may be a prefix. */
  readonly earlier: { readonly id: string; readonly isFound: boolean } | undefined
  readonly expiryMs: number
  readonly isExpiryGiven: boolean
  readonly name: string | undefined
  readonly show: Show
  /** `send` it, or only print it, sign it, or say what would happen. */
  readonly mode: 'send' | 'print' | 'sign' | 'dry-run'
  readonly isMatchAsked: boolean
}

/** @throws MeshError FLAG_INVALID */
export function readHuntOptions(flags: Flags): HuntOptions {
  if (flags.isSet('z')) throw flagInvalid('-z', 'is not needed here; leave it out')
  const expiry = flags.text('e')
  const expiryMs = parseDuration(expiry ?? DEFAULT_EXPIRY, '-e')
  if (expiryMs === 0) throw flagInvalid('-e', 'must be more than nothing')
  return {
    target: flags.text('t'),
    earlier: readEarlier(flags),
    expiryMs,
    isExpiryGiven: expiry !== undefined,
    name: flags.text('n'),
    show: readShow(flags),
    mode: readMode(flags),
    isMatchAsked: flags.isSet('exit-match'),
  }
}

export function readShow(flags: Flags): Show {
  const text = flags.text('show') ?? 'found'
  if (text === 'found' || text === 'notfound' || text === 'all') return text
  throw flagInvalid('-show', `must be found, notfound or all, not ${JSON.stringify(text)}`)
}

function readEarlier(flags: Flags): HuntOptions['earlier'] {
  const found = flags.text('target-found')
  const notFound = flags.text('target-notfound')
  if (found !== undefined && notFound !== undefined) {
    throw flagInvalid('-target-notfound', 'excludes -target-found')
  }
  if (found !== undefined) return { id: found, isFound: true }
  return notFound === undefined ? undefined : { id: notFound, isFound: false }
}

/** Ways not to send, by their flag. */
const MODES: readonly (readonly [string, HuntOptions['mode']])[] = [
  ['p', 'print'],
  ['s', 'sign'],
  ['dry-run', 'dry-run'],
]

function readMode(flags: Flags): HuntOptions['mode'] {
  const [first, second] = MODES.filter(([name]) => flags.isSet(name))
  if (first === undefined) return 'send'
  if (second !== undefined) throw flagInvalid(`-${second[0]}`, `excludes -${first[0]}`)
  return first[1]
}
