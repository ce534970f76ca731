/** Lists of sudoers as they are written: names of users and hosts, and commands. */
import { Unreadable, unescape, WORD, type Scanner } from './scanner.ts'
import { ALL, type ListKind, type Member } from './statement.ts'

const ID = '#-?[0-9]+'
export const NAME = new RegExp(`%:?(?:${WORD}|${ID})|${ID}|${WORD}`, 'y')
export const ALIAS_NAME = /[A-Z][A-Z0-9_]*/y
const ADDRESS = /(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f.]*(?:\/[0-9A-Fa-f:.]+)?/y
const DIGEST =
  /sha(?:224|256|384|512)[ \t]*:[ \t]*[A-Za-z0-9+/=]+(?:[ \t]*,(?=[ \t]*sha(?:224|256|384|512)[ \t]*:))?/y
const FILE = /\/(?:\\[^\t\n]|[^,:=\\ \t\r\n#])+|\^(?:\\[#$]|[^#\r\n$])*\$|sudoedit\b|list\b/y
/** A regular expression, of which sudo takes no longer ones; or words. */
const ARGUMENTS =
  /[ \t]+\^(?:\\[^\r\n]|[^#\\\r\n$]){0,1024}\$|(?:\\[ \t]*\r?\n|\\[^\r\n]|[^#\\:,\r\n])*/y

/** Commands of Defaults have no arguments. */
export const readMembers = (
  scanner: Scanner,
  kind: ListKind,
  withArguments = true,
): readonly Member[] =>
  scanner.list(() => (kind === 'command' ? readCommand(scanner, withArguments) : readName(scanner)))

export function readName(scanner: Scanner): Member {
  const isNegated = scanner.isNegated()
  const quoted = scanner.quoted()
  if (quoted !== undefined) return { ...named(quoted), isNegated }
  const [raw] = scanner.skipTo(ADDRESS) ?? scanner.expect(NAME)
  if (raw === 'ALL') return { ...ALL, isNegated }
  if (/^[A-Z][A-Z0-9_]*$/.test(raw)) return { kind: 'alias', text: raw, isNegated }
  return raw.startsWith('\\')
    ? { kind: 'name', text: unescape(raw), isNegated }
    : { ...named(unescape(raw)), isNegated }
}

/** By its prefix. @throws Unreadable for a prefix alone */
function named(text: string): Pick<Member, 'kind' | 'text'> {
  if (/^(?:\+|%:?)$/.test(text)) throw new Unreadable()
  if (text.startsWith('%')) return { kind: 'group', text: text.slice(1) }
  return text.startsWith('+') ? { kind: 'netgroup', text: text.slice(1) } : { kind: 'name', text }
}

export function readCommand(scanner: Scanner, withArguments: boolean): Member {
  let hasDigest = false
  while (scanner.skipTo(DIGEST) !== undefined) hasDigest = true
  const isNegated = scanner.isNegated()
  const [file] = scanner.skipTo(FILE) ?? []
  if (file === undefined) {
    const [text] = scanner.expect(ALIAS_NAME)
    if (text !== 'ALL') return { kind: 'alias', text, isNegated }
    return { kind: hasDigest ? 'command' : 'all', text, isNegated }
  }
  const hasArguments = withArguments && !file.endsWith('/')
  const [given = ''] = hasArguments ? (scanner.accept(ARGUMENTS) ?? []) : []
  const isOneFile = given.trim() === '' && /^\/[^\\?*[\]]*[^/\\?*[\]]$/.test(file)
  return { kind: isOneFile ? 'file' : 'command', text: file + given.trimEnd(), isNegated }
}
