/** Commands that package managers start when packages come and go: as root, and whenever the host is updated. */
import { programsOfShell } from '../command.ts'
import type { Place } from '../../support/directory.ts'
import { placeAt, type HostFiles } from '../host-files.ts'
import { startsOf, type Source, type Start } from '../start.ts'
import { parseIni, valueOf } from './ini.ts'

const APT_HOOK =
  /(?<=^|::|\s)(?<name>(?:Pre|Post)-(?:Invoke|Install-Pkgs)(?:-Success|-Stats)?|AptCli::Hooks::\w+|Proxy-?Auto-?Detect)[^"{;}]{0,64}(?<value>\{[^}"]{0,256}(?:"[^"]*"[^}"]{0,256})*|"[^"]*")/gi
const DPKG_HOOK = /^\s*(?:--)?((?:pre|post)-invoke|status-logger)\s*=\s*(["']?)(.*)\2\s*$/
const ALPM_FOLDERS = ['/etc/pacman.d/hooks', '/usr/share/libalpm/hooks']

interface Hook {
  readonly name: string
  readonly line: number
  readonly command: string
}

export const packageHooks: Source = {
  kinds: ['package-hook'],
  async *find(host) {
    yield* hookStarts(host, placeAt('/etc/apt/apt.conf'), aptHooks)
    for await (const { place } of host.children('/etc/apt/apt.conf.d'))
      yield* hookStarts(host, place, aptHooks)
    yield* hookStarts(host, placeAt('/etc/dpkg/dpkg.cfg'), dpkgHooks)
    for await (const { place } of host.children('/etc/dpkg/dpkg.cfg.d'))
      yield* hookStarts(host, place, dpkgHooks)
    for (const folder of ALPM_FOLDERS)
      for await (const { name, place } of host.children(folder))
        if (name.endsWith('.hook')) yield* hookStarts(host, place, alpmHooks)
  },
}

function* hookStarts(
  host: HostFiles,
  file: Place,
  hooksOf: (text: string) => readonly Hook[],
): Generator<Start> {
  for (const { name, line, command } of hooksOf(host.text(file) ?? '')) {
    const start: Start = {
      kind: 'package-hook',
      name,
      definition: file,
      line,
      enabled: true,
      user: 'root',
    }
    yield* startsOf(start, programsOfShell(command, { host }))
  }
}

/** `APT::Update::Pre-Invoke { "COMMAND"; "COMMAND"; };`, or `DPkg::Post-Invoke:: "COMMAND";`. */
function aptHooks(source: string): readonly Hook[] {
  const text = withoutComments(source)
  const hooks: Hook[] = []
  let line = 1
  let counted = 0
  for (const found of text.matchAll(APT_HOOK)) {
    const { name = '', value = '' } = found.groups ?? {}
    line += text.slice(counted, found.index).split('\n').length - 1
    counted = found.index
    for (const [, command = ''] of value.matchAll(/"([^"]*)"/g)) hooks.push({ name, line, command })
  }
  return hooks
}

/** Lines stay where they are. */
const withoutComments = (text: string): string =>
  text.replaceAll(/"[^"\n]*"|\/\/.*|^\s*#.*|\/\*[^]*?\*\//gm, (found) =>
    found.startsWith('"') ? found : found.replaceAll(/[^\n]/g, ' '),
  )

const dpkgHooks = (text: string): readonly Hook[] =>
  text.split('\n').flatMap((line, index) => {
    const [, name, , command] = DPKG_HOOK.exec(line) ?? []
    return name === undefined || command === undefined ? [] : [{ name, line: index + 1, command }]
  })

function alpmHooks(text: string): readonly Hook[] {
  const settings = parseIni(text)
  const command = valueOf(settings, 'Action', 'Exec')
  const when = valueOf(settings, 'Action', 'When') ?? 'hook'
  const line = settings.find(({ key }) => key === 'Exec')?.line ?? 1
  return command === undefined ? [] : [{ name: when, line, command }]
}
