/**
 * Statements of a sudoers file, as sudoers(5) and sudo's own scanner have them. Not what they mean together (rules.ts).
 *
 * DEV NOTE. A backslash continues a line but not a comment: `# note \` hides nothing of the next line. `#include` is no comment at the beginning of a line,
 * and `#7` is a user. sudo leaves out a statement that it cannot read, to the end of its line, and goes on; so does this, and tells how many.
 */
import { ALIAS_NAME, NAME, readCommand, readMembers, readName } from './members.ts'
import { Scanner, Unreadable, unescape, WORD } from './scanner.ts'
import {
  ALL,
  type CommandSpec,
  type ListKind,
  type Member,
  type Privilege,
  type Statement,
} from './statement.ts'

const LIST_KINDS: Readonly<Record<string, ListKind>> = {
  ...{ User: 'user', Host: 'host', Runas: 'runas', Cmnd: 'command', Cmd: 'command' },
  ...{ ':': 'user', '@': 'host', '>': 'runas', '!': 'command' },
}

const INCLUDE = /(?:[ \t]*@include(?<at>dir)?[ \t]*|#include(?<hash>dir)?[ \t]+)(?=\S)/y
const INCLUDED = /[^"\s](?:\\[ \t]|\S)*/y
const DEFAULTS = new RegExp(`Defaults(?:(?<of>[:@>!])|(?!${WORD}))`, 'y')
const ALIASES = new RegExp(`(?<of>User|Host|Runas|Cmnd|Cmd)_Alias(?!${WORD})`, 'y')
const [COLON, EQUALS] = [/:/y, /=/y]
const TAG =
  /(?<name>(?:NO)?(?:PASSWD|EXEC|SETENV|LOG_INPUT|LOG_OUTPUT|MAIL|FOLLOW|INTERCEPT))[ \t]*:/y
const OPTION =
  /(?:ROLE|TYPE|TIMEOUT|NOTBEFORE|NOTAFTER|CWD|CHROOT|APPARMOR_PROFILE|PRIVS|LIMITPRIVS)[ \t]*=/y
const SETTING = /[a-z_]+/y
const ASSIGN = /[+-]?=/y
const VALUE = /(?:[^#=, \t\r\n\\"]|\\[^\r\n])+/y

export function* statementsOf(text: string): Generator<Statement, void> {
  const scanner = new Scanner(text)
  while (scanner.beginStatement())
    try {
      const include = scanner.accept(INCLUDE)
      if (include !== undefined) yield readInclude(scanner, include)
      else if (!scanner.isAtLineEnd()) yield* readStatement(scanner)
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      scanner.skipStatement()
      yield { kind: 'unreadable' }
    }
}

function readInclude(scanner: Scanner, { groups }: RegExpExecArray): Statement {
  const path = scanner.quoted() ?? unescape(scanner.expect(INCLUDED)[0])
  scanner.end()
  const isFolder = (groups?.['at'] ?? groups?.['hash']) !== undefined
  return { kind: 'include', path, isFolder }
}

function* readStatement(scanner: Scanner): Generator<Statement, void> {
  const defaults = scanner.accept(DEFAULTS)
  const aliases = defaults === undefined ? scanner.accept(ALIASES) : undefined
  if (defaults !== undefined) yield readDefaults(scanner, LIST_KINDS[defaults.groups?.['of'] ?? ''])
  else if (aliases !== undefined)
    yield* readAliases(scanner, LIST_KINDS[aliases.groups?.['of'] ?? ''])
  else {
    const users = scanner.list(() => readName(scanner))
    const privileges = scanner.list(() => readPrivilege(scanner), COLON)
    scanner.end()
    yield { kind: 'rule', users, privileges }
  }
}

function readDefaults(scanner: Scanner, bound: ListKind | undefined): Statement {
  const members = bound === undefined ? [ALL] : readMembers(scanner, bound, false)
  const settings = scanner.list(() => readSetting(scanner))
  scanner.end()
  return { kind: 'defaults', of: bound ?? 'user', members, settings: new Map(settings) }
}

function readSetting(scanner: Scanner): readonly [string, string | boolean] {
  const isOff = scanner.isNegated()
  const [name] = scanner.expect(SETTING)
  if (isOff || scanner.skipTo(ASSIGN) === undefined) return [name, !isOff]
  return [name, scanner.quoted() ?? unescape(scanner.expect(VALUE)[0])]
}

/** Those before one that cannot be read count. */
function* readAliases(scanner: Scanner, of: ListKind = 'user'): Generator<Statement, void> {
  do {
    const [name] = scanner.expect(ALIAS_NAME)
    scanner.expect(EQUALS)
    yield { kind: 'alias', of, name, members: readMembers(scanner, of) }
  } while (scanner.skipTo(COLON) !== undefined)
  scanner.end()
}

function readPrivilege(scanner: Scanner): Privilege {
  const hosts = readMembers(scanner, 'host')
  scanner.expect(EQUALS)
  let before: CommandSpec | undefined
  const commands = scanner.list(() => (before = readCommandSpec(scanner, before)))
  return { hosts, commands }
}

/** Run-as users and tags hold until others are said. */
function readCommandSpec(scanner: Scanner, before: CommandSpec | undefined): CommandSpec {
  let { runas, nopasswd, isDated = false } = before ?? {}
  if (scanner.skipTo(/\(/y) !== undefined) runas = readRunas(scanner)
  for (let option = scanner.skipTo(OPTION); option !== undefined; option = scanner.skipTo(OPTION)) {
    isDated ||= option[0].startsWith('NOT')
    if (scanner.quoted() === undefined) scanner.expect(NAME)
  }
  for (let tag = scanner.skipTo(TAG); tag !== undefined; tag = scanner.skipTo(TAG)) {
    const name = tag.groups?.['name']
    if (name === 'NOPASSWD' || name === 'PASSWD') nopasswd = name === 'NOPASSWD'
  }
  return { runas, nopasswd, isDated, command: readCommand(scanner, true) }
}

/** `users : groups`, both of which may be missing; groups make nobody another user. */
function readRunas(scanner: Scanner): readonly Member[] {
  const users = scanner.skipTo(/(?=[:)])/y) === undefined ? readMembers(scanner, 'runas') : []
  if (scanner.skipTo(/:(?![ \t]*\))/y) !== undefined) readMembers(scanner, 'runas')
  else scanner.skipTo(COLON)
  scanner.expect(/\)/y)
  return users
}
