/**
 * The programs that a command line starts, and nothing else of it: arguments may be secrets.
 *
 * DEV NOTE. A word is told only where a shell would look for a program: an absolute path there, or a bare name that is found in a folder. Of the
 * arguments of interpreters and wrappers (`sh`, `nice`, `python3`) only those that name a file of this machine are told. What depends on variables,
 * or is not well-formed, is left out.
 */
import path from 'node:path'
import type { HostFiles } from './host-files.ts'

const DEFAULT_FOLDERS: readonly string[] = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
]
/** Longer lines are no commands that people write. */
const LINE_LIMIT = 16 * 1024
/** Of Linux: no longer path can be started. */
const PATH_LIMIT = 4096
/** Commands of a line, and words of a command, that are looked at: people write a few. */
const PARTS_LIMIT = 128
/** `sh -c "nice sh -c ..."`: nobody nests deeper. */
const DEPTH_LIMIT = 4

export interface CommandContext {
  readonly host: HostFiles
  /** Where bare names are looked for. */
  readonly folders?: readonly string[] | undefined
}

interface Word {
  readonly text: string
  /** No variable or substitution in it. */
  readonly isPlain: boolean
}

const SHELL_TOKEN =
  /[ \t\r]+|(?<comment>#[^\n]*)|(?<redirect>\d*(?:>>|>&|<<-?|<&|<>|>\||[<>]))|(?<end>\n|&&|\|\||;;|[;&|()])|(?<word>(?:'[^']*'|"(?:[^"\\]|\\[^])*"|\\[^]|[^\s'"\\;&|()<>])+)/gy
const WORD_TOKEN = /\s*(?<word>(?:'(?:[^'\\]|\\[^])*'|"(?:[^"\\]|\\[^])*"|\\[^]|[^\s'"\\])+)/gy
const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*\+?=/
const SHELLS = /^(?:ba|da|z|k|a|mk)?sh$/
const INTERPRETERS =
  /^(?:(?:ba|da|z|k|a|mk|c|tc|fi)?sh|python[0-9.]*|perl[0-9.]*|ruby[0-9.]*|php[0-9.]*|lua[0-9.]*|node|nodejs|java|tclsh[0-9.]*|osascript)$/
const WRAPPERS: ReadonlySet<string> = new Set(
  'nice ionice chrt taskset env sudo doas su runuser setpriv timeout flock nohup setsid chronic time xargs unshare nsenter chroot stdbuf systemd-cat systemd-run start-stop-daemon daemon busybox'.split(
    ' ',
  ),
)
/** What may stand before a command. */
const PREFIXES: ReadonlySet<string> = new Set(
  'if then else elif do while until ! { exec command builtin time'.split(' '),
)
const BUILTINS: ReadonlySet<string> = new Set(
  '. : [ [[ ]] cd test true false echo printf export set unset umask ulimit exit return wait read shift trap for case esac fi done } eval source local readonly alias break continue kill type hash'.split(
    ' ',
  ),
)

/** Of a line that a shell reads. */
export function programsOfShell(line: string, context: CommandContext): readonly string[] {
  return [...new Set(shellPrograms(line, context, 0))]
}

/** Of a line of words, the first of them the program: `ExecStart=` of systemd, `Exec=` of desktops and D-Bus. */
export function programsOfWords(line: string, context: CommandContext): readonly string[] {
  if (isTooLong(line, context)) return []
  const words = [...line.matchAll(WORD_TOKEN).take(PARTS_LIMIT)].map(({ groups }) =>
    wordOf(groups?.['word'] ?? ''),
  )
  return [...new Set(wordPrograms(words, context, 0))]
}

function isTooLong(line: string, { host }: CommandContext): boolean {
  const isLong = line.length > LINE_LIMIT
  if (isLong) host.report('a command line', `is over ${LINE_LIMIT} characters and was not read`)
  return isLong
}

function shellPrograms(line: string, context: CommandContext, depth: number): readonly string[] {
  if (depth > DEPTH_LIMIT || isTooLong(line, context)) return []
  const commands = simpleCommands(line)
  if (commands.length > PARTS_LIMIT)
    context.host.report('a command line', `only the first ${PARTS_LIMIT} of its commands count`)
  return commands
    .slice(0, PARTS_LIMIT)
    .flatMap((words) => commandPrograms(words.slice(0, PARTS_LIMIT), context, depth))
}

/** The words of each simple command; what follows an unclosed quote is not looked at. */
function simpleCommands(line: string): readonly (readonly Word[])[] {
  const commands: Word[][] = [[]]
  let isTarget = false
  for (const { groups = {} } of line.matchAll(SHELL_TOKEN)) {
    const { word, end, redirect } = groups
    if (end !== undefined) commands.push([])
    else if (word !== undefined && !isTarget) commands.at(-1)?.push(wordOf(word))
    if (redirect !== undefined) isTarget = true
    else if (word !== undefined || end !== undefined) isTarget = false
  }
  return commands
}

function wordOf(source: string): Word {
  const isPlain = !/[$`]/.test(source.replaceAll(/'[^']*'/g, ''))
  const text = source.replaceAll(/'[^']*'|"(?:[^"\\]|\\[^])*"|\\[^]/g, unquoted)
  return { text, isPlain }
}

function unquoted(part: string): string {
  if (part.startsWith('\\')) return part.slice(1)
  const inside = part.slice(1, -1)
  return part.startsWith('"') ? inside.replaceAll(/\\(["\\$`])/g, '$1') : inside
}

/** Of one simple command: without what stands before it, and not what the shell does by itself. */
function commandPrograms(
  words: readonly Word[],
  context: CommandContext,
  depth: number,
): readonly string[] {
  const from = words.findIndex(({ text }) => !ASSIGNMENT.test(text) && !PREFIXES.has(text))
  const command = from === -1 ? [] : words.slice(from)
  const [first, second] = command
  if (first === undefined) return []
  if (first.text === '.' || first.text === 'source') return scriptOf(second, context)
  return BUILTINS.has(first.text) ? [] : wordPrograms(command, context, depth)
}

function wordPrograms(
  [first, ...rest]: readonly Word[],
  context: CommandContext,
  depth: number,
): readonly string[] {
  const program = first && programOf(first, context)
  if (program === undefined || depth > DEPTH_LIMIT) return []
  const name = path.posix.basename(program)
  if (WRAPPERS.has(name)) return [program, ...wrapped(rest, context, depth + 1)]
  if (INTERPRETERS.test(name)) return [program, ...interpreted({ name, rest }, context, depth + 1)]
  return [program]
}

function programOf({ text, isPlain }: Word, context: CommandContext): string | undefined {
  if (!isPlain || text === '' || text.length > PATH_LIMIT) return undefined
  const { host, folders = DEFAULT_FOLDERS } = context
  // A blank within quotes is rather a whole command line, with its arguments, than part of a name.
  if (text.startsWith('/')) return /\s/.test(text) && !host.isFile(text) ? undefined : text
  if (text.includes('/')) return undefined
  return folders
    .map((folder) => path.posix.join(folder, text))
    .find((file) => host.isFile(file, 'executable'))
}

/** `nice -n 10 /opt/x`: the first word that is a program. */
function wrapped(rest: readonly Word[], context: CommandContext, depth: number): readonly string[] {
  const from = rest.findIndex((word) => {
    const program = programOf(word, context)
    return program !== undefined && context.host.isFile(program, 'executable')
  })
  return from === -1 ? [] : wordPrograms(rest.slice(from), context, depth)
}

/** `sh -c LINE`, `python3 -u /opt/x.py`: the line's programs, or the first word that is a file. */
function interpreted(
  { name, rest }: { readonly name: string; readonly rest: readonly Word[] },
  context: CommandContext,
  depth: number,
): readonly string[] {
  const option = SHELLS.test(name) ? rest.findIndex(({ text }) => /^-[a-z]*c$/.test(text)) : -1
  const line = option === -1 ? undefined : rest[option + 1]
  if (line !== undefined) return shellPrograms(line.text, context, depth)
  const script = rest.find((word) => scriptOf(word, context).length > 0)
  return scriptOf(script, context)
}

const scriptOf = (word: Word | undefined, { host }: CommandContext): readonly string[] =>
  word?.isPlain === true && word.text.startsWith('/') && host.isFile(word.text) ? [word.text] : []
