/**
 * Statements of a sudoers file, as sudoers(5) and sudo's own scanner have them. Not what they mean together (rules.ts).
 *
 * DEV NOTE. A backslash continues a line but not a comment: `# note \` hides nothing of the next line. `#include` is no comment at the beginning of a line,
 * and `#7` is a user. sudo leaves out a statement that it cannot read, to the end of its line, and goes on; so does this, and tells how many.
 */
export interface Member {
  /** `file` is the path of one command; `command` all other ways to say which. */
  readonly kind: 'all' | 'alias' | 'name' | 'group' | 'netgroup' | 'file' | 'command'
  /** Without prefix, quotes and escapes; a user may be `#UID`, a group `#GID`, or `:NAME` of a plugin's. */
  readonly text: string
  readonly isNegated: boolean
}

export interface CommandSpec {
  /** Absent where the rule does not say; empty: as oneself. */
  readonly runas: readonly Member[] | undefined
  readonly nopasswd: boolean | undefined
  /** Holds between two dates alone. */
  readonly isDated: boolean
  readonly command: Member
}

export interface Privilege {
  readonly hosts: readonly Member[]
  readonly commands: readonly CommandSpec[]
}

export type ListKind = 'user' | 'host' | 'runas' | 'command'

export interface Include {
  readonly kind: 'include'
  readonly path: string
  readonly isFolder: boolean
}

export type Statement =
  | Include
  | {
      readonly kind: 'alias'
      readonly of: ListKind
      readonly name: string
      readonly members: readonly Member[]
    }
  | {
      readonly kind: 'defaults'
      readonly of: ListKind
      readonly members: readonly Member[]
      readonly settings: ReadonlyMap<string, string | boolean>
    }
  | {
      readonly kind: 'rule'
      readonly users: readonly Member[]
      readonly privileges: readonly Privilege[]
    }
  | { readonly kind: 'unreadable' }

const ALL: Member = { kind: 'all', text: 'ALL', isNegated: false }
const LIST_KINDS: Readonly<Record<string, ListKind>> = {
  ...{ User: 'user', Host: 'host', Runas: 'runas', Cmnd: 'command', Cmd: 'command' },
  ...{ ':': 'user', '@': 'host', '>': 'runas', '!': 'command' },
}

/** A name that is longer than an answer's is none. */
const [WORD, ID] = [String.raw`(?:[^#>!=:,() \t\r\n\\"]|\\[^\t\n]){1,1024}`, '#-?[0-9]+']
const BLANK = /(?:[ \t]|\\[ \t]*\r?\n)+/y
const END = /(?:#(?!-?[0-9])[^\n]*)?(?:\r?\n|$)/y
const LINE_REST = /(?:\\[ \t]*\r?\n|#(?!-?[0-9])[^\n]*|[^\n])*\n?/y
const INCLUDE = /(?:[ \t]*@include(?<at>dir)?[ \t]*|#include(?<hash>dir)?[ \t]+)(?=\S)/y
const INCLUDED = /[^"\s](?:\\[ \t]|\S)*/y
const QUOTED = /"(?<text>(?:\\[ \t]*\r?\n[ \t]*|\\[^\r\n]|[^"\\\r\n])+)"/y
const DEFAULTS = new RegExp(`Defaults(?:(?<of>[:@>!])|(?!${WORD}))`, 'y')
const ALIASES = new RegExp(`(?<of>User|Host|Runas|Cmnd|Cmd)_Alias(?!${WORD})`, 'y')
const ALIAS_NAME = /[A-Z][A-Z0-9_]*/y
const NOT = /!+/y
const [COMMA, COLON, EQUALS] = [/,/y, /:/y, /=/y]
const ADDRESS = /(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f.]*(?:\/[0-9A-Fa-f:.]+)?/y
const NAME = new RegExp(`%:?(?:${WORD}|${ID})|${ID}|${WORD}`, 'y')
const DIGEST =
  /sha(?:224|256|384|512)[ \t]*:[ \t]*[A-Za-z0-9+/=]+(?:[ \t]*,(?=[ \t]*sha(?:224|256|384|512)[ \t]*:))?/y
const FILE = /\/(?:\\[^\t\n]|[^,:=\\ \t\r\n#])+|\^(?:\\[#$]|[^#\r\n$])*\$|sudoedit\b|list\b/y
const ARGUMENTS = /[ \t]+\^(?:\\[^\r\n]|[^#\\\r\n$])*\$|(?:\\[ \t]*\r?\n|\\[^\r\n]|[^#\\:,\r\n])*/y
const TAG =
  /(?<name>(?:NO)?(?:PASSWD|EXEC|SETENV|LOG_INPUT|LOG_OUTPUT|MAIL|FOLLOW|INTERCEPT))[ \t]*:/y
const OPTION =
  /(?:ROLE|TYPE|TIMEOUT|NOTBEFORE|NOTAFTER|CWD|CHROOT|APPARMOR_PROFILE|PRIVS|LIMITPRIVS)[ \t]*=/y
const SETTING = /[a-z_]+/y
const ASSIGN = /[+-]?=/y
const VALUE = /(?:[^#=, \t\r\n\\"]|\\[^\r\n])+/y

/** Members of one statement: more keep a run from being stopped. */
const MEMBERS_LIMIT = 10_000

/** What cannot be read ends a statement. */
class Unreadable extends Error {}

export function* statementsOf(text: string): Generator<Statement, void> {
  const parser = new Parser(text)
  while (!parser.isAtEnd) yield* parser.next()
}

class Parser {
  readonly #text: string
  #at = 0
  #members = 0

  constructor(text: string) {
    this.#text = text
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length
  }

  *next(): Generator<Statement, void> {
    this.#members = 0
    try {
      const include = this.#accept(INCLUDE)
      this.#accept(BLANK)
      if (include !== undefined) yield this.#include(include)
      else if (this.#accept(END) === undefined) yield* this.#statement()
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      this.#accept(LINE_REST)
      yield { kind: 'unreadable' }
    }
  }

  #include({ groups }: RegExpExecArray): Statement {
    const path = this.#quoted() ?? unescape(this.#expect(INCLUDED)[0])
    this.#end()
    const isFolder = (groups?.['at'] ?? groups?.['hash']) !== undefined
    return { kind: 'include', path, isFolder }
  }

  *#statement(): Generator<Statement, void> {
    const defaults = this.#accept(DEFAULTS)
    const aliases = defaults === undefined ? this.#accept(ALIASES) : undefined
    if (defaults !== undefined) yield this.#defaults(LIST_KINDS[defaults.groups?.['of'] ?? ''])
    else if (aliases !== undefined) yield* this.#aliases(aliases.groups?.['of'] ?? '')
    else {
      const users = this.#list(() => this.#name())
      const privileges = this.#list(() => this.#privilege(), COLON)
      this.#end()
      yield { kind: 'rule', users, privileges }
    }
  }

  #defaults(bound: ListKind | undefined): Statement {
    const members = bound === undefined ? [ALL] : this.#memberList(bound, false)
    const settings = this.#list(() => this.#setting())
    this.#end()
    return { kind: 'defaults', of: bound ?? 'user', members, settings: new Map(settings) }
  }

  #setting(): readonly [string, string | boolean] {
    const isOff = this.#isNegated()
    const [name] = this.#expect(SETTING)
    if (isOff || this.#skipTo(ASSIGN) === undefined) return [name, !isOff]
    return [name, this.#quoted() ?? unescape(this.#expect(VALUE)[0])]
  }

  /** Those before one that cannot be read count. */
  *#aliases(of: string): Generator<Statement, void> {
    const kind = LIST_KINDS[of] ?? 'user'
    do {
      const [name] = this.#expect(ALIAS_NAME)
      this.#expect(EQUALS)
      yield { kind: 'alias', of: kind, name, members: this.#memberList(kind, true) }
    } while (this.#skipTo(COLON) !== undefined)
    this.#end()
  }

  #privilege(): Privilege {
    const hosts = this.#memberList('host', true)
    this.#expect(EQUALS)
    let before: CommandSpec | undefined
    const commands = this.#list(() => (before = this.#commandSpec(before)))
    return { hosts, commands }
  }

  /** Run-as users and tags hold until others are said. */
  #commandSpec(before: CommandSpec | undefined): CommandSpec {
    let { runas, nopasswd, isDated = false } = before ?? {}
    if (this.#skipTo(/\(/y) !== undefined) runas = this.#runas()
    for (let option = this.#skipTo(OPTION); option !== undefined; option = this.#skipTo(OPTION)) {
      isDated ||= option[0].startsWith('NOT')
      if (this.#quoted() === undefined) this.#expect(NAME)
    }
    for (let tag = this.#skipTo(TAG); tag !== undefined; tag = this.#skipTo(TAG)) {
      const name = tag.groups?.['name']
      if (name === 'NOPASSWD' || name === 'PASSWD') nopasswd = name === 'NOPASSWD'
    }
    return { runas, nopasswd, isDated, command: this.#command(true) }
  }

  /** `users : groups`, both of which may be missing; groups make nobody another user. */
  #runas(): readonly Member[] {
    const users = this.#skipTo(/(?=[:)])/y) === undefined ? this.#memberList('runas', true) : []
    if (this.#skipTo(/:(?![ \t]*\))/y) !== undefined) this.#memberList('runas', true)
    else this.#skipTo(COLON)
    this.#expect(/\)/y)
    return users
  }

  #memberList(kind: ListKind, withArguments: boolean): readonly Member[] {
    return this.#list(() => (kind === 'command' ? this.#command(withArguments) : this.#name()))
  }

  #name(): Member {
    const isNegated = this.#isNegated()
    const quoted = this.#quoted()
    if (quoted !== undefined) return { ...named(quoted), isNegated }
    const [raw] = this.#skipTo(ADDRESS) ?? this.#expect(NAME)
    if (raw === 'ALL') return { ...ALL, isNegated }
    if (/^[A-Z][A-Z0-9_]*$/.test(raw)) return { kind: 'alias', text: raw, isNegated }
    return raw.startsWith('\\')
      ? { kind: 'name', text: unescape(raw), isNegated }
      : { ...named(unescape(raw)), isNegated }
  }

  #command(withArguments: boolean): Member {
    let hasDigest = false
    while (this.#skipTo(DIGEST) !== undefined) hasDigest = true
    const isNegated = this.#isNegated()
    const [file] = this.#skipTo(FILE) ?? []
    if (file === undefined) {
      const [text] = this.#expect(ALIAS_NAME)
      if (text !== 'ALL') return { kind: 'alias', text, isNegated }
      return { kind: hasDigest ? 'command' : 'all', text, isNegated }
    }
    const [given = ''] = withArguments && !file.endsWith('/') ? (this.#accept(ARGUMENTS) ?? []) : []
    const isOneFile = given.trim() === '' && /^\/[^\\?*[\]]*[^/\\?*[\]]$/.test(file)
    return { kind: isOneFile ? 'file' : 'command', text: file + given.trimEnd(), isNegated }
  }

  #list<T>(one: () => T, separator = COMMA): readonly T[] {
    const found = []
    do {
      this.#members += 1
      if (this.#members > MEMBERS_LIMIT) throw new Unreadable()
      found.push(one())
    } while (this.#skipTo(separator) !== undefined)
    return found
  }

  #isNegated(): boolean {
    return (this.#skipTo(NOT)?.[0].length ?? 0) % 2 === 1
  }

  #quoted(): string | undefined {
    const text = this.#skipTo(QUOTED)?.groups?.['text']
    return text === undefined ? undefined : unescape(text.replace(/\\[ \t]*\r?\n[ \t]*/g, ''))
  }

  #end(): void {
    this.#expect(END)
  }

  #expect(form: RegExp): RegExpExecArray {
    const match = this.#skipTo(form)
    if (match === undefined) throw new Unreadable()
    return match
  }

  #skipTo(form: RegExp): RegExpExecArray | undefined {
    this.#accept(BLANK)
    return this.#accept(form)
  }

  #accept(form: RegExp): RegExpExecArray | undefined {
    form.lastIndex = this.#at
    const match = form.exec(this.#text) ?? undefined
    if (match !== undefined) this.#at = form.lastIndex
    return match
  }
}

/** By its prefix. @throws Unreadable for a prefix alone */
function named(text: string): Pick<Member, 'kind' | 'text'> {
  if (/^(?:\+|%:?)$/.test(text)) throw new Unreadable()
  if (text.startsWith('%')) return { kind: 'group', text: text.slice(1) }
  return text.startsWith('+') ? { kind: 'netgroup', text: text.slice(1) } : { kind: 'name', text }
}

const unescape = (text: string): string =>
  text.replace(/\\(?:x([0-9A-Fa-f]{2})|([^]))/g, (_, hex: string | undefined, one = '') =>
    hex === undefined ? String(one) : String.fromCharCode(Number.parseInt(hex, 16)),
  )
