/** Lines of configuration that name a program or a library which what reads them starts or loads: one way of reading for all of them, and nothing else of a line is told. */
import path from 'node:path'
import { programsOfShell } from '../command.ts'
import type { HostFiles } from '../host-files.ts'
import { startsOf, type InHome, type Kind, type Source, type Start } from '../start.ts'
import { configurationLines, type ConfigurationLine } from './configuration-lines.ts'

export interface Directives {
  readonly kind: Kind
  /** Paths, with wildcards; a leading `~` is each user's home. */
  readonly files: readonly string[]
  /** Its groups: `command` is a command line, or `file` a path; `name` is what it is called, else by the file; `user` as whom it runs. */
  readonly line: RegExp
  /** What a line that includes other files has, in its first group. */
  readonly includes?: RegExp
  /** Where relative paths of `file` are looked for. */
  readonly folders?: readonly string[]
  readonly user?: string
  /** Another line of the file may switch it off. */
  readonly mayBeOff?: true
}

const COMMENT = /^\s*[#;]/

export const directiveSource = (directives: Directives): Source => ({
  kinds: [directives.kind],
  find: (host) => directiveStarts(host, directives),
})

export async function* directiveStarts(
  host: HostFiles,
  directives: Directives,
): AsyncGenerator<Start, InHome> {
  const ofUsers = directives.files.filter((file) => file.startsWith('~/'))
  yield* startsIn(host, {
    ...directives,
    files: directives.files.filter((file) => !file.startsWith('~/')),
  })
  return (hostFiles, { user, folder }) => {
    const files = ofUsers.map((file) => path.posix.join(folder, file.slice(2)))
    return startsIn(hostFiles, { ...directives, files, user, home: folder })
  }
}

async function* startsIn(
  host: HostFiles,
  directives: Directives & { readonly home?: string },
): AsyncGenerator<Start> {
  for await (const line of configurationLines(host, directives))
    yield* lineStarts(host, directives, line)
}

/** What one line names. */
export function* lineStarts(
  host: HostFiles,
  { kind, line: form, folders, user, mayBeOff }: Directives,
  { child, line, text }: ConfigurationLine,
): Generator<Start> {
  const groups = COMMENT.test(text) ? undefined : form.exec(text)?.groups
  if (groups === undefined) return
  const { name = child.name, command, file, user: named = user } = groups
  const start: Start = {
    kind,
    name: name.replaceAll(/\s+/g, ' '),
    definition: child.place,
    line,
    enabled: mayBeOff === true ? undefined : true,
    user: named,
  }
  const programs =
    command === undefined
      ? libraryOf(host, file ?? '', folders ?? [])
      : programsOfShell(unquoted(command), { host })
  yield* startsOf(start, programs)
}

/** Many formats have the whole command in quotes. */
const unquoted = (text: string): string => /^\s*"([^"]*)"\s*$/.exec(text)?.[1] ?? text

function libraryOf(host: HostFiles, file: string, folders: readonly string[]): readonly string[] {
  if (file.startsWith('/')) return [file]
  const places = folders.map((folder) => path.posix.join(folder, file))
  return places.filter((place) => host.isFile(place)).slice(0, 1)
}
