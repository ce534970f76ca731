/** Modules of the kernel: those that are loaded now, those that boot loads, and the commands that loading one may start. */
import path from 'node:path'
import { programsOfShell } from '../command.ts'
import type { Place } from '../../support/directory.ts'
import { placeAt, type HostFiles } from '../host-files.ts'
import { startsOf, type Source, type Start } from '../start.ts'

const BOOT_FOLDERS = ['/etc', '/run', '/usr/local/lib', '/usr/lib'].map(
  (parent) => `${parent}/modules-load.d`,
)
/** The second loads them in the image that boots. */
const BOOT_FILES = ['/etc/modules', '/etc/initramfs-tools/modules'].map(placeAt)
const COMMAND_FOLDERS = ['/etc', '/run', '/usr/local/lib', '/usr/lib'].map(
  (parent) => `${parent}/modprobe.d`,
)
const LIST_LIMIT = 16 * 1024 * 1024
const LOADED = placeAt('/proc/modules')

export const kernelModules: Source = {
  kinds: ['kernel-module'],
  async *find(host) {
    const files = moduleFiles(host)
    yield* loadedModules(host, files)
    for (const file of BOOT_FILES) yield* bootModules(host, file, files)
    for (const folder of BOOT_FOLDERS)
      for await (const { name, place } of host.children(folder))
        if (name.endsWith('.conf')) yield* bootModules(host, place, files)
    for (const folder of COMMAND_FOLDERS)
      for await (const { name, place } of host.children(folder))
        if (name.endsWith('.conf')) yield* commands(host, place)
  },
}

type ModuleFiles = ReadonlyMap<string, string>

/** Where the running kernel's modules lie, by name. */
function moduleFiles(host: HostFiles): ModuleFiles {
  const release = host.text('/proc/sys/kernel/osrelease')?.trim() ?? ''
  const folder = `/lib/modules/${release}`
  const list = /^[\w.+~-]+$/.test(release) ? host.text(`${folder}/modules.dep`, LIST_LIMIT) : ''
  return new Map(
    (list ?? '').split('\n').flatMap((line) => {
      const [file = ''] = line.split(':')
      return file === ''
        ? []
        : [[moduleName(path.posix.basename(file)), path.posix.resolve(folder, file)]]
    }),
  )
}

/** Hyphens and underscores are the same to the kernel. */
const moduleName = (file: string): string =>
  file.replace(/\.ko(?:\.\w+)?$/, '').replaceAll('-', '_')

/** Lines `name size uses users state address (taints)`: O built elsewhere, E unsigned, P proprietary. */
function* loadedModules(host: HostFiles, files: ModuleFiles): Generator<Start> {
  for (const { text } of host.lines(LOADED)) {
    const [, name, taints] = /^(\S+) .*?(?: \(([A-Z+-]+)\))?$/.exec(text) ?? []
    if (name === undefined) continue
    const state = taints === undefined ? 'loaded' : `loaded:${taints}`
    yield {
      kind: 'kernel-module',
      name,
      definition: LOADED,
      executable: files.get(moduleName(name)),
      state,
    }
  }
}

function* bootModules(host: HostFiles, file: Place, files: ModuleFiles): Generator<Start> {
  for (const { line, text } of host.lines(file)) {
    const name = /^\s*([A-Za-z0-9_-]+)/.exec(text)?.[1]
    if (name === undefined) continue
    const executable = files.get(moduleName(name))
    yield { ...startIn(file, line), name, executable, enabled: true }
  }
}

/** Lines `install NAME COMMAND` and `remove NAME COMMAND`. */
function* commands(host: HostFiles, file: Place): Generator<Start> {
  for (const { line, text } of host.lines(file)) {
    const [, state, name, command] = /^\s*(install|remove)\s+(\S+)\s+(.*)$/.exec(text) ?? []
    if (state === undefined || name === undefined) continue
    const programs = programsOfShell(command ?? '', { host })
    yield* startsOf({ ...startIn(file, line), name, state }, programs)
  }
}

const startIn = (file: Place, line: number): Start => ({
  kind: 'kernel-module',
  name: '',
  definition: file,
  line,
  user: 'root',
})
