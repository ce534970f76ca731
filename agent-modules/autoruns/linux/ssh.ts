/** What ssh and sshd start: commands of their configuration, of users' rc files, and of keys that may log in. Not for the keys themselves: that is the module sshkey. */
import path from 'node:path'
import { programsOfShell } from '../command.ts'
import type { Home } from '../homes.ts'
import { placeAt, type HostChild, type HostFiles } from '../host-files.ts'
import { startsOf, type Source, type Start } from '../start.ts'
import { configurationLines } from './configuration-lines.ts'
import { directiveStarts, lineStarts, type Directives } from './directives.ts'
import { filesLike } from './files-like.ts'
import { preloadsIn } from './preload.ts'

/** Not where there is none, or ssh does it itself. */
const VALUE = /(?:\s*=\s*|\s+)(?!"?(?:none|internal(?:-sftp)?)(?:["\s]|$))(?<command>\S.*)$/.source
const INCLUDES = /^\s*Include(?:\s*=\s*|\s+)(.+)$/i
const SERVER: Directives = {
  kind: 'ssh',
  files: [
    ...['/etc/ssh/sshd_config', '/etc/ssh/sshd_config.d/*.conf'],
    ...['/usr/etc/ssh/sshd_config', '/usr/etc/ssh/sshd_config.d/*.conf'],
  ],
  includes: INCLUDES,
  line: new RegExp(
    String.raw`^\s*(?<name>ForceCommand|AuthorizedKeysCommand|AuthorizedPrincipalsCommand|Subsystem\s+\S+|XAuthLocation|SshdSessionPath|SshdAuthPath|SecurityKeyProvider)${VALUE}`,
    'i',
  ),
}
const CLIENT: Directives = {
  kind: 'ssh',
  files: ['/etc/ssh/ssh_config', '/etc/ssh/ssh_config.d/*.conf', '~/.ssh/config'],
  includes: INCLUDES,
  line: new RegExp(
    String.raw`^\s*(?<name>ProxyCommand|LocalCommand|KnownHostsCommand|XAuthLocation|PKCS11Provider|SecurityKeyProvider)${VALUE}`,
    'i',
  ),
}
const KEYS_FILE = /^\s*AuthorizedKeysFile(?:\s*=\s*|\s+)(.+)$/i
const DEFAULT_KEYS_FILES = ['.ssh/authorized_keys', '.ssh/authorized_keys2']
/** Places for keys that a configuration may name; people name one. */
const KEYS_FILES_LIMIT = 64
/** Before a key, up to the first blank that is not in quotes. */
const KEY_OPTIONS = /^\s*((?:[^\s"]|"(?:[^"\\]|\\.)*")+)\s/
const KEY_OPTION = /\b(command|environment)="((?:[^"\\]|\\.)*)"/gi

export const ssh: Source = {
  kinds: ['ssh', 'preload'],
  async *find(host) {
    yield* rcStarts(host, '/etc/ssh/sshrc')
    const keysFiles = new Set(DEFAULT_KEYS_FILES)
    for await (const line of configurationLines(host, SERVER)) {
      yield* lineStarts(host, SERVER, line)
      if (keysFiles.size <= KEYS_FILES_LIMIT)
        for (const file of keysFilesIn(line.text)) keysFiles.add(file)
    }
    const ofClient = yield* directiveStarts(host, CLIENT)
    if (keysFiles.size > KEYS_FILES_LIMIT)
      host.report('AuthorizedKeysFile', `only the first ${KEYS_FILES_LIMIT} places count`)
    const places = [...keysFiles].slice(0, KEYS_FILES_LIMIT)
    for await (const child of filesLike(host, places.filter(isOfAll))) yield* keyStarts(host, child)
    const ofEach = places.filter((file) => !isOfAll(file))
    return async function* (files, home) {
      yield* ofClient(files, home)
      yield* rcStarts(files, `${home.folder}/.ssh/rc`, home.user)
      const names = ofEach.map((file) => expanded(file, home))
      for await (const child of filesLike(files, names)) yield* keyStarts(files, child, home.user)
    }
  },
}

const keysFilesIn = (text: string): readonly string[] =>
  [...(KEYS_FILE.exec(text)?.[1] ?? '').matchAll(/[^\s"]+/g)]
    .map(([word]) => word)
    .filter((word) => word.toLowerCase() !== 'none')

/** One file with the keys of all users. */
const isOfAll = (file: string): boolean => file.startsWith('/') && !/%[hu]/.test(file)

function* rcStarts(host: HostFiles, file: string, user?: string): Generator<Start> {
  if (!host.isFile(file)) return
  const definition = placeAt(file)
  yield { kind: 'ssh', name: path.posix.basename(file), definition, enabled: true, user }
}

/** `%h` is the home, `%u` who it is of; a relative path is below the home (sshd_config(5)). What has other tokens is no file's name. */
const expanded = (file: string, { user, folder }: Home): string =>
  path.posix.resolve(
    folder,
    file.replaceAll(/%[%hu]/g, (token) => (token === '%h' ? folder : token === '%u' ? user : '%')),
  )

/** The file, for whoever may write it may log in; and what its keys start, or load. */
function* keyStarts(host: HostFiles, { name, place }: HostChild, user?: string): Generator<Start> {
  const start: Start = { kind: 'ssh', name, definition: place, enabled: true, user }
  yield start
  for (const { line, text } of host.lines(place)) {
    const options = /^\s*#/.test(text) ? '' : (KEY_OPTIONS.exec(text)?.[1] ?? '')
    for (const [, option = '', quoted = ''] of options.matchAll(KEY_OPTION)) {
      const value = quoted.replaceAll('\\"', '"')
      const isCommand = option.toLowerCase() === 'command'
      if (isCommand) yield* startsOf({ ...start, line }, programsOfShell(value, { host }))
      for (const executable of isCommand ? [] : preloadsIn(value))
        yield { ...start, kind: 'preload', line, executable }
    }
  }
}
