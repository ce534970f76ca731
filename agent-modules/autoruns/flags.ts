/** The command line of `autoruns`. */
import type { FlagValues, ModuleFlag } from '../contract.ts'
import {
  booleanFlag,
  isSet,
  listFlag,
  listOf,
  textOf,
  valueFlag,
  wholeNumberOf,
} from '../support/flag-values.ts'
import { FLAGS } from './answer.ts'
import { HASHES } from './parameters.ts'
import { KINDS } from './start.ts'

/** What the command line sets when nothing is typed. */
const DEFAULT_MATCHLIMIT = 1000

const FLAG_HELP: Readonly<Record<(typeof FLAGS)[number], string>> = {
  missing: 'what it starts is not there',
  writable: 'others than root and the user it runs as may change or replace a file of it',
  unowned: 'a file of it is of no package',
  modified: 'a file of it is not as its package brought it',
  temporary: 'a file of it is in /tmp, /var/tmp or /dev/shm, or what it starts in a hidden folder',
}

export const flags: readonly ModuleFlag[] = [
  listFlag(['kind', 'kinds'], 'KIND', `one of these: ${KINDS.join(', ')}`),
  listFlag(['name', 'names'], 'REGEX', 'its name matches; !REGEX: does not match'),
  listFlag(
    ['path', 'paths'],
    'REGEX',
    'its definition or what it starts matches; !REGEX: neither does',
  ),
  listFlag(
    ['mtime', 'mtimes'],
    'TIME',
    'a file of it modified: <2d within, >90d longer ago (d h m); after:2026-01-02, before:2026-01-02T03:04:05Z',
  ),
  listFlag('sha2', 'HEX', 'what it starts, or what says so, has one of these SHA-256'),
  ...FLAGS.map((name) => booleanFlag(name, FLAG_HELP[name])),
  booleanFlag('enabled', 'leave out what does not start by itself'),
  valueFlag(
    'hash',
    'WHAT',
    `what to return the SHA-256 of: ${HASHES.join(', ')} (default executables)`,
  ),
  valueFlag('matchlimit', 'N', 'how many to return; 0: all (default 1000)'),
]

/** Flags to parameters as they stand in an action file. @throws ParameterError */
export function fromFlags(values: FlagValues): unknown {
  return {
    kinds: listOf(values, 'kind'),
    names: listOf(values, 'name'),
    paths: listOf(values, 'path'),
    mtimes: listOf(values, 'mtime'),
    sha2: listOf(values, 'sha2'),
    ...Object.fromEntries(FLAGS.map((name) => [name, isSet(values, name) ?? false])),
    enabled: isSet(values, 'enabled') ?? false,
    hash: textOf(values, 'hash') ?? 'executables',
    matchlimit: wholeNumberOf(values, 'matchlimit') ?? DEFAULT_MATCHLIMIT,
  }
}
