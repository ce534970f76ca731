/** Modules that PAM loads when somebody logs in, and the programs that pam_exec starts then. */
import { placeAt, type HostChild, type HostFiles } from '../host-files.ts'
import type { Source, Start } from '../start.ts'

const FOLDERS = ['/etc/pam.d', '/usr/lib/pam.d']
const LIBRARY_PARENTS = ['/lib', '/usr/lib', '/lib64', '/usr/lib64', '/usr/local/lib']
/** In /etc/pam.conf the service stands before. */
const RULE =
  /^\s*-?(?:[\w.-]+\s+)?-?(?:auth|account|password|session)\s+(?:\[[^\]\n]*\]|[a-z]+)\s+(?<module>\S+\.so)\b(?<rest>.*)$/

export const pam: Source = {
  kinds: ['pam'],
  async *find(host) {
    const folders = await libraryFolders(host)
    yield* serviceStarts(
      host,
      { name: 'pam.conf', place: placeAt('/etc/pam.conf'), kind: 'file' },
      folders,
    )
    for (const folder of FOLDERS)
      for await (const child of host.children(folder))
        if (child.kind !== 'directory') yield* serviceStarts(host, child, folders)
  },
}

/** `/lib/security`, and by architecture `/usr/lib/x86_64-linux-gnu/security`. */
async function libraryFolders(host: HostFiles): Promise<readonly string[]> {
  const folders = LIBRARY_PARENTS.map((parent) => `${parent}/security`)
  for await (const { name, place } of host.children('/usr/lib'))
    if (name.includes('-linux-')) folders.push(`${place.path}/security`)
  return folders.filter((folder) => host.locate(folder) !== undefined)
}

/** Each module once a file. */
function* serviceStarts(
  host: HostFiles,
  { name, place }: HostChild,
  folders: readonly string[],
): Generator<Start> {
  const known = new Set<string>()
  for (const { line, text } of host.lines(place)) {
    const { module = '', rest = '' } = RULE.exec(text)?.groups ?? {}
    for (const executable of [moduleFile(host, module, folders), execProgram(host, module, rest)]) {
      if (executable === undefined || known.has(executable)) continue
      known.add(executable)
      yield {
        kind: 'pam',
        name,
        definition: place,
        line,
        executable,
        enabled: true,
        user: 'root',
      }
    }
  }
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
  if (!module.endsWith('pam_exec.so')) return undefined
  return rest.split(/\s+/).find((word) => word.startsWith('/') && host.isFile(word))
}
