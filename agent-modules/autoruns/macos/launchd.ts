/** What launchd starts: the system's, the machine's and each user's, and the hooks of the login window. */
import type { HostChild, HostFiles } from '../host-files.ts'
import { placeAt } from '../host-files.ts'
import type { Source, Start } from '../start.ts'
import { parsePlist, type PlistValue } from './plist.ts'

const FOLDERS = [
  ['/System/Library/LaunchDaemons', 'root'],
  ['/System/Library/LaunchAgents', undefined],
  ['/Library/LaunchDaemons', 'root'],
  ['/Library/LaunchAgents', undefined],
] as const
const LOGIN_WINDOW = '/Library/Preferences/com.apple.loginwindow.plist'

export const launchd: Source = {
  kinds: ['launchd'],
  async *find(host) {
    for (const [folder, user] of FOLDERS) yield* folderStarts(host, folder, user)
    for await (const { name, kind, place } of host.children('/Users'))
      if (kind === 'directory')
        yield* folderStarts(host, `${place.path}/Library/LaunchAgents`, name)
  },
}

/** Login items of today's macOS are kept in a format of its own: only the hooks are told. */
export const loginHooks: Source = {
  kinds: ['login-item'],
  async *find(host) {
    const definition = placeAt(LOGIN_WINDOW)
    const settings = await readPlist(host, definition)
    for (const name of ['LoginHook', 'LogoutHook']) {
      const executable = textIn(settings, name)
      if (executable !== undefined)
        yield { kind: 'login-item', name, definition, executable, enabled: true, user: 'root' }
    }
  },
}

async function* folderStarts(
  host: HostFiles,
  folder: string,
  user: string | undefined,
): AsyncGenerator<Start> {
  for await (const child of host.children(folder))
    if (child.name.endsWith('.plist') && child.kind !== 'directory')
      yield startOf(child, await readPlist(host, child.place), user)
}

function startOf(
  { name, place }: HostChild,
  settings: PlistValue | undefined,
  user: string | undefined,
): Start {
  const words = valueIn(settings, 'ProgramArguments')
  const program =
    textIn(settings, 'Program') ?? listOf(words).find((word) => typeof word === 'string')
  return {
    kind: 'launchd',
    name: textIn(settings, 'Label') ?? name,
    definition: place,
    executable: program?.startsWith('/') === true ? program : undefined,
    schedule: scheduleOf(settings),
    enabled: valueIn(settings, 'Disabled') !== true,
    user: textIn(settings, 'UserName') ?? user,
  }
}

function scheduleOf(settings: PlistValue | undefined): string | undefined {
  const seconds = valueIn(settings, 'StartInterval')
  if (typeof seconds === 'number') return `StartInterval=${seconds}`
  const calendar = valueIn(settings, 'StartCalendarInterval')
  const parts = listOf(calendar).map((time) =>
    Object.entries(time)
      .map(([unit, value]) => `${unit}=${String(value)}`)
      .join(' '),
  )
  return parts.length === 0 ? undefined : parts.join('; ')
}

/** A list's values, or the one there is instead of a list. */
const listOf = (value: PlistValue | undefined): readonly PlistValue[] =>
  value === undefined ? [] : isList(value) ? value : [value]

const isList = (value: PlistValue): value is readonly PlistValue[] => Array.isArray(value)

/** Binary ones by the host's own plutil. */
async function readPlist(
  host: HostFiles,
  file: HostChild['place'],
): Promise<PlistValue | undefined> {
  const text = host.text(file)
  if (text === undefined) return undefined
  const xml = text.startsWith('bplist') ? await convertedPlist(host, file.path) : text
  const value = parsePlist(xml)
  if (value === undefined) host.report(file.path, 'is no property list that can be read')
  return value
}

async function convertedPlist(host: HostFiles, file: string): Promise<string> {
  const outcome = await host.run('plutil', ['-convert', 'xml1', '-o', '-', '--', file])
  return outcome.kind === 'ended' && outcome.code === 0 ? outcome.stdout.toString() : ''
}

function valueIn(settings: PlistValue | undefined, key: string): PlistValue | undefined {
  if (typeof settings !== 'object' || Array.isArray(settings)) return undefined
  return new Map(Object.entries(settings)).get(key)
}

function textIn(settings: PlistValue | undefined, key: string): string | undefined {
  const value = valueIn(settings, key)
  return typeof value === 'string' ? value : undefined
}
