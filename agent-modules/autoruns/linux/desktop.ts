/** What desktops start at log-in, and what D-Bus starts when it is called. */
import { programsOfWords } from '../command.ts'
import type { HostChild, HostFiles } from '../host-files.ts'
import { startsOf, type Source, type Start } from '../start.ts'
import { homesOf } from './homes.ts'
import { parseIni, valueOf, type Setting } from './ini.ts'

interface Definition {
  readonly child: HostChild
  readonly user: string | undefined
}

const AUTOSTART_FOLDERS = [
  ...['/etc/xdg/autostart', '/usr/etc/xdg/autostart', '/usr/share/autostart'],
  ...['/usr/share/gnome/autostart', '/usr/share/gdm/greeter/autostart'],
]

export const autostart: Source = {
  kinds: ['autostart'],
  async *find(host) {
    for await (const definition of definitionsIn(host, AUTOSTART_FOLDERS, '.config/autostart'))
      if (definition.child.name.endsWith('.desktop')) yield* desktopStarts(host, definition)
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
    for await (const definition of definitionsIn(host, BUS_FOLDERS, HOME_BUS_FOLDER))
      if (definition.child.name.endsWith('.service')) yield* busStarts(host, definition)
  },
}

/** Of the machine, and of each user. */
async function* definitionsIn(
  host: HostFiles,
  folders: readonly string[],
  homeFolder: string,
): AsyncGenerator<Definition> {
  for (const folder of folders)
    for await (const child of host.children(folder))
      if (child.kind !== 'directory') yield { child, user: undefined }
  for await (const { user, folder } of homesOf(host))
    for await (const child of host.children(`${folder}/${homeFolder}`))
      if (child.kind !== 'directory') yield { child, user }
}

function* desktopStarts(host: HostFiles, { child, user }: Definition): Generator<Start> {
  const settings = parseIni(host.text(child.place) ?? '')
  const isSet = (key: string, value: string): boolean =>
    valueOf(settings, 'Desktop Entry', key)?.toLowerCase() === value
  yield* execStarts(host, settings, {
    kind: 'autostart',
    name: child.name,
    definition: child.place,
    enabled: !isSet('Hidden', 'true') && !isSet('X-GNOME-Autostart-enabled', 'false'),
    user,
  })
}

function* busStarts(host: HostFiles, { child, user }: Definition): Generator<Start> {
  const settings = parseIni(host.text(child.place) ?? '')
  yield* execStarts(host, settings, {
    kind: 'dbus',
    name: valueOf(settings, 'D-BUS Service', 'Name') ?? child.name,
    definition: child.place,
    user: user ?? valueOf(settings, 'D-BUS Service', 'User'),
  })
}

function* execStarts(
  host: HostFiles,
  settings: readonly Setting[],
  start: Start,
): Generator<Start> {
  const section = start.kind === 'dbus' ? 'D-BUS Service' : 'Desktop Entry'
  yield* startsOf(start, programsOfWords(valueOf(settings, section, 'Exec') ?? '', { host }))
}
