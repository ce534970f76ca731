/** Whom /etc/sudoers and what it includes let become another user (sudoers(5)): names and NOPASSWD. Not which commands, nor on which hosts. */
import path from 'node:path'
import { readdirSync } from 'node:fs'
import { placeOn } from '../support/machine.ts'
import { RegularFile } from '../support/regular-file.ts'
import { hasVanished, reasonOf } from '../support/soft-errors.ts'
import type { Asking } from './asking.ts'

export interface SudoRule {
  /** As written: `alice`, `%sudo`, `#1000`, `ALL`. */
  readonly name: string
  readonly file: string
  readonly nopasswd: boolean
}

const SUDOERS = '/etc/sudoers'
const FILES_LIMIT = 256
/** sudo's own is 128; nobody nests them. */
const DEPTH_LIMIT = 16
const SIZE_LIMIT = 1024 * 1024
const INCLUDE_FORM = /^[@#](?<what>include|includedir)\s+(?:"(?<quoted>[^"]+)"|(?<bare>\S+))/
const ALIAS_FORM = /^User_Alias\s+(?<definitions>.+)$/
/** `Defaults !authenticate`, `Defaults:alice !authenticate`. */
const DEFAULTS_FORM = /^Defaults(?::(?<users>\S+))?\s(?<settings>.+)$/

/** Every rule, once for each name. What could not be read is among the errors. */
export function readSudoRules(asking: Asking): readonly SudoRule[] {
  const lines = new SudoersReader(asking).read()
  const aliases = new Map(lines.flatMap(({ text }) => aliasesOf(text)))
  const free = lines.flatMap(({ text }) => unauthenticated(text))
  const rules = lines.flatMap(({ text, file }) =>
    rulesOf(text, aliases).map((rule) => ({ ...rule, file })),
  )
  return rules.map((rule) => ({
    ...rule,
    nopasswd: rule.nopasswd || free.includes('ALL') || free.includes(rule.name),
  }))
}

interface SudoersLine {
  readonly text: string
  readonly file: string
}

class SudoersReader {
  readonly #asking: Asking
  readonly #buffer = RegularFile.createBuffer()
  readonly #lines: SudoersLine[] = []
  readonly #seen = new Set<string>()

  constructor(asking: Asking) {
    this.#asking = asking
  }

  read(): readonly SudoersLine[] {
    this.#readFile(SUDOERS, 1)
    return this.#lines
  }

  #readFile(file: string, depth: number): void {
    if (this.#seen.has(file)) return
    this.#seen.add(file)
    if (this.#seen.size > FILES_LIMIT || depth > DEPTH_LIMIT) {
      this.#asking.errors.add(file, 'was not looked at: too many files are included')
      return
    }
    for (const text of logicalLines(this.#text(file))) {
      const { what, quoted, bare } = INCLUDE_FORM.exec(text)?.groups ?? {}
      const place = path.posix.resolve(path.posix.dirname(file), quoted ?? bare ?? '')
      if (what === 'include') this.#readFile(place, depth + 1)
      else if (what === 'includedir') this.#readFolder(place, depth + 1)
      else this.#lines.push({ text: withoutComment(text), file })
    }
  }

  /** As sudo does: in order, without names that hold a dot or end in `~`. */
  #readFolder(folder: string, depth: number): void {
    try {
      const names = readdirSync(placeOn(this.#asking.machine, folder)).sort()
      const read = names.filter((one) => !one.includes('.') && !one.endsWith('~'))
      for (const name of read.slice(0, FILES_LIMIT)) this.#readFile(`${folder}/${name}`, depth)
      if (read.length > FILES_LIMIT)
        this.#asking.errors.add(folder, `only the first ${FILES_LIMIT} files were looked at`)
    } catch (error) {
      this.#asking.errors.add(folder, reasonOf(error))
    }
  }

  #text(place: string): string {
    const { machine, errors } = this.#asking
    try {
      const file = RegularFile.open(placeOn(machine, place), this.#buffer)
      return file === undefined ? '' : this.#readAll(file, place)
    } catch (error) {
      // A host without sudo has no sudoers.
      if (place !== SUDOERS || !hasVanished(error)) errors.add(place, reasonOf(error))
      return ''
    }
  }

  #readAll(file: RegularFile, place: string): string {
    try {
      const parts: Buffer[] = []
      for (let chunk = file.next(); chunk !== undefined; chunk = file.next()) {
        if (file.bytesRead > SIZE_LIMIT) {
          this.#asking.errors.add(place, `only its first ${SIZE_LIMIT} bytes were looked at`)
          break
        }
        parts.push(Buffer.from(chunk.bytes))
      }
      return Buffer.concat(parts).toString()
    } finally {
      file.close()
    }
  }
}

/** A backslash at its end continues a line on the next. */
const logicalLines = (text: string): readonly string[] =>
  text
    .replace(/\\\r?\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

/** `#` begins a comment, but not before the number of a user or group. */
const withoutComment = (line: string): string => line.replace(/(?<![\\%"])#(?![0-9]).*$/, '').trim()

function aliasesOf(line: string): readonly (readonly [string, readonly string[]])[] {
  const definitions = ALIAS_FORM.exec(line)?.groups?.['definitions'] ?? ''
  if (definitions === '') return []
  return definitions.split(':').flatMap((definition) => {
    const [name = '', members] = definition.split('=', 2)
    return members === undefined ? [] : [[name.trim(), namesOf(members)] as const]
  })
}

function unauthenticated(line: string): readonly string[] {
  const { users, settings = '' } = DEFAULTS_FORM.exec(line)?.groups ?? {}
  return /(?:^|[\s,])!\s*authenticate\b/.test(settings) ? namesOf(users ?? 'ALL') : []
}

/** `alice, %sudo HOSTS = (RUNAS) NOPASSWD: COMMANDS`. */
function rulesOf(
  line: string,
  aliases: ReadonlyMap<string, readonly string[]>,
): readonly Omit<SudoRule, 'file'>[] {
  const equals = line.indexOf('=')
  if (equals < 0 || /^(?:Defaults|(?:User|Runas|Host|Cmnd|Cmd)_Alias)\b/.test(line)) return []
  const nopasswd = /\bNOPASSWD\s*:/.test(line.slice(equals))
  // Of `users hosts`, both lists with commas, the first.
  const users = /^(?:"[^"]*"|\\.|[^\s"\\])+/.exec(joinLists(line.slice(0, equals)))?.[0] ?? ''
  return expand(namesOf(users), aliases).map((name) => ({ name, nopasswd }))
}

/** Without blanks around commas; not by a pattern, which a line of blanks would keep busy. */
const joinLists = (text: string): string =>
  text
    .split(',')
    .map((part) => part.trim())
    .join(',')

/** Names between commas, without quotes and escapes; who is excepted by `!` is given nothing. */
const namesOf = (list: string): readonly string[] =>
  list
    .split(',')
    .map((name) => name.trim().replace(/["\\]/g, ''))
    .filter((name) => name !== '' && !name.startsWith('!'))

/** Aliases may hold aliases, and a file that is wrong may hold them in circles. */
function expand(
  names: readonly string[],
  aliases: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const expanded = new Set(names)
  for (const name of expanded) for (const member of aliases.get(name) ?? []) expanded.add(member)
  return [...expanded].filter((name) => !aliases.has(name))
}
