/** What desktops start at log-in, and what D-Bus starts when it is called. */
import { programsOfWords } from '../command.ts'
import type { HostFiles } from '../host-files.ts'
import { startsOf, type Source, type Start } from '../start.ts'
import { filesLike } from './files-like.ts'
import { parseIni, valueOf, type Setting } from './ini.ts'

const AUTOSTART_FOLDERS = [
  ...['/etc/xdg/autostart', '/usr/etc/xdg/autostart', '/usr/share/autostart'],
  ...['/usr/share/gnome/autostart', '/usr/share/gdm/greeter/autostart'],
]

export const autostart: Source = {
  kinds: ['autostart'],
  async *find(host) {
    yield* desktopStarts(host, AUTOSTART_FOLDERS)
    return (files, { user, folder }) => desktopStarts(files, [`${folder}/.config/autostart`], user)
  },
}

export const BUS_FOLDERS = ['/etc', '/run', '/usr/local/share', '/usr/share'].flatMap((parent) => [
  `${parent}/dbus-1/system-services`,
  `${parent}/dbus-1/services`,
])

export const HOME_BUS_FOLDER = '.local/share/dbus-1/services'

export const dbus: Source = {
  kinds: ['dbus'],
  async *find(host) {
    yield* busStarts(host, BUS_FOLDERS)
    return (files, { user, folder }) => busStarts(files, [`${folder}/${HOME_BUS_FOLDER}`], user)
  },
}

async function* desktopStarts(
  host: HostFiles,
  folders: readonly string[],
  user?: string,
): AsyncGenerator<Start> {
  for await (const { name, place } of filesLike(host, named(folders, '*.desktop'))) {
    const settings = parseIni(host.text(place) ?? '')
    const isSet = (key: string, value: string): boolean =>
      valueOf(settings, 'Desktop Entry', key)?.toLowerCase() === value
    yield* execStarts(host, settings, {
      kind: 'autostart',
      name,
      definition: place,
      enabled: !isSet('Hidden', 'true') && !isSet('X-GNOME-Autostart-enabled', 'false'),
      user,
    })
  }
}

async function* busStarts(
  host: HostFiles,
  folders: readonly string[],
  user?: string,
): AsyncGenerator<Start> {
  for await (const { name, place } of filesLike(host, named(folders, '*.service'))) {
    const settings = parseIni(host.text(place) ?? '')
    yield* execStarts(host, settings, {
      kind: 'dbus',
      name: valueOf(settings, 'D-BUS Service', 'Name') ?? name,
      definition: place,
      user: user ?? valueOf(settings, 'D-BUS Service', 'User'),
    })
  }
}

const named = (folders: readonly string[], name: string): readonly string[] =>
  folders.map((folder) => `${folder}/${name}`)

function* execStarts(
  host: HostFiles,
  settings: readonly Setting[],
  start: Start,
): Generator<Start> {
  const section = start.kind === 'dbus' ? 'D-BUS Service' : 'Desktop Entry'
  yield* startsOf(start, programsOfWords(valueOf(settings, section, 'Exec') ?? '', { host }))
}
