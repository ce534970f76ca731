/** Modules that PAM loads when somebody logs in, and the programs that pam_exec starts then. */
import type { HostFiles } from '../host-files.ts'
import type { Source, Start } from '../start.ts'
import { configurationLines, type ConfigurationLine } from './configuration-lines.ts'
import { libraryFolders } from './libraries.ts'

const FILES = ['/etc/pam.d/*', '/usr/lib/pam.d/*', '/usr/etc/pam.d/*', '/etc/pam.conf']
/** Of another file by its path: those of a service lie in the same folders. */
const INCLUDES =
  /^\s*(?:@include|-?(?:auth|account|password|session)\s+(?:include|substack))\s+(\/\S+)/i
/** In /etc/pam.conf the service stands before. A module needs no `.so` in its name. */
const RULE =
  /^\s*(?:[\w.-]+\s+)?-?(?:auth|account|password|session)\s+(?:\[[^\]\n]*\]|required|requisite|sufficient|optional)\s+(?<module>[^\s#]+)(?<rest>.*)$/i

/** Each module once a file. */
export const pam: Source = {
  kinds: ['pam'],
  async *find(host) {
    const folders = await libraryFolders(host, '/security')
    const known = new Set<string>()
    for await (const line of configurationLines(host, { files: FILES, includes: INCLUDES }))
      for (const start of ruleStarts(host, line, folders)) {
        const key = `${start.definition.path}\0${start.executable ?? ''}`
        if (!known.has(key)) yield start
        known.add(key)
      }
  },
}

function* ruleStarts(
  host: HostFiles,
  { child, line, text }: ConfigurationLine,
  folders: readonly string[],
): Generator<Start> {
  const { module = '', rest = '' } = RULE.exec(text)?.groups ?? {}
  const { name, place: definition } = child
  for (const executable of [moduleFile(host, module, folders), execProgram(host, module, rest)])
    if (executable !== undefined)
      yield { kind: 'pam', name, definition, line, executable, enabled: true, user: 'root' }
}

function moduleFile(
  host: HostFiles,
  module: string,
  folders: readonly string[],
): string | undefined {
  if (module === '' || module.startsWith('/')) return module === '' ? undefined : module
  const places = folders.map((folder) => `${folder}/${module}`)
  return places.find((place) => host.isFile(place)) ?? places[0]
}

/** Of `pam_exec.so quiet /path ARGS` the path, where there is such a file. */
function execProgram(host: HostFiles, module: string, rest: string): string | undefined {
  if (!/pam_exec(?:\.so)?$/.test(module)) return undefined
  return rest.split(/\s+/).find((word) => word.startsWith('/') && host.isFile(word))
}
