/** What init starts without systemd: scripts of run levels, /etc/inittab, rc.local, and their like of other inits. */
import { programsOfShell } from '../command.ts'
import { placeAt, type HostFiles } from '../host-files.ts'
import { startsOf, type Source, type Start } from '../start.ts'
import { isExecutable, scriptStarts, type Scripts } from './scripts.ts'

const SCRIPT_FOLDERS = ['/etc/init.d', '/etc/rc.d/init.d']
const RC_FILES = ['/etc/rc.local', '/etc/rc.d/rc.local', '/etc/init.d/boot.local']
/** Of OpenRC, runit and daemontools. */
const RUN: Scripts = {
  kind: 'init',
  files: [
    ...['/etc/local.d/*.start', '/etc/local.d/*.stop', '/etc/runit/[123]'],
    ...['/etc/service', '/var/service', '/service'].flatMap((services) => [
      `${services}/*/run`,
      `${services}/*/log/run`,
    ]),
    '/etc/sysconfig/modules/*.modules',
  ],
}
/** Of runit's start, and jobs of Upstart. */
const READ: Scripts = {
  kind: 'init',
  files: ['/etc/runit/core-services/*.sh', '/etc/init/*.conf'],
  isSourced: true,
}
const RUN_LEVEL_FOLDERS = ['S', '1', '2', '3', '4', '5'].flatMap((level) => [
  `/etc/rc${level}.d`,
  `/etc/rc.d/rc${level}.d`,
])

export const init: Source = {
  kinds: ['init'],
  async *find(host) {
    for (const file of RC_FILES)
      if (host.isFile(file)) yield scriptStart(placeAt(file), isExecutable(host, file))
    const begun = await begunScripts(host)
    const known = new Set<string>()
    for (const folder of SCRIPT_FOLDERS)
      for await (const { name, kind, place } of host.children(folder)) {
        const real = host.follow(place.path) ?? place.path
        if (kind === 'directory' || name === 'README' || known.has(real)) continue
        known.add(real)
        yield scriptStart(place, begun.has(real) && isExecutable(host, place))
      }
    yield* inittabStarts(host)
    yield* scriptStarts(host, RUN)
    yield* scriptStarts(host, READ)
  },
}

const scriptStart = (definition: Start['definition'], enabled: boolean): Start => ({
  kind: 'init',
  name: definition.path.replace(/.*\//, ''),
  definition,
  enabled,
  user: 'root',
})

/** Scripts that some run level starts: links `S20name`, or under OpenRC `name`. */
async function begunScripts(host: HostFiles): Promise<ReadonlySet<string>> {
  const begun = new Set<string>()
  for (const folder of RUN_LEVEL_FOLDERS)
    for await (const { name, place } of host.children(folder))
      if (/^S\d\d/.test(name)) begun.add(host.follow(place.path) ?? '')
  for await (const level of host.children('/etc/runlevels'))
    for await (const { place } of host.children(level.place.path))
      begun.add(host.follow(place.path) ?? '')
  return begun
}

/** Lines `id:levels:action:command`, of System V and of busybox. */
function* inittabStarts(host: HostFiles): Generator<Start> {
  const file = placeAt('/etc/inittab')
  for (const { line, text } of host.lines(file)) {
    const [, name = '', action = '', command = ''] =
      /^\s*([^#:]*):[^:]*:([a-z0-9]+):(.*)$/.exec(text) ?? []
    if (command === '') continue
    const start: Start = {
      kind: 'init',
      name: name === '' ? action : name,
      definition: file,
      line,
      enabled: action !== 'off',
      user: 'root',
    }
    yield* startsOf(start, programsOfShell(command.replace(/^[+-]/, ''), { host }))
  }
}
