/** Interpreters that the kernel starts for files of a kind. */
import type { Place } from '../../support/directory.ts'
import type { HostFiles } from '../host-files.ts'
import type { Source, Start } from '../start.ts'

const FOLDERS = ['/etc', '/run', '/usr/local/lib', '/usr/lib'].map((parent) => `${parent}/binfmt.d`)
const REGISTERED = '/proc/sys/fs/binfmt_misc'

export const binfmt: Source = {
  kinds: ['binfmt'],
  async *find(host) {
    for (const folder of FOLDERS)
      for await (const { name, place } of host.children(folder))
        if (name.endsWith('.conf')) yield* configured(host, place)
    for await (const { name, place } of host.children(REGISTERED)) {
      if (name === 'register' || name === 'status') continue
      const text = host.text(place) ?? ''
      const executable = /^interpreter (\/.*)$/m.exec(text)?.[1]
      const enabled = text.startsWith('enabled')
      yield { kind: 'binfmt', name, definition: place, executable, state: 'registered', enabled }
    }
  },
}

/** Lines `:name:type:offset:magic:mask:interpreter:flags`; the first character separates. */
function* configured(host: HostFiles, file: Place): Generator<Start> {
  for (const { line, text } of host.lines(file)) {
    const entry = text.trim()
    if (entry === '' || /^[#;]/.test(entry)) continue
    const [, name = '', , , , , interpreter = ''] = entry.split(entry.slice(0, 1))
    yield {
      kind: 'binfmt',
      name,
      definition: file,
      line,
      executable: interpreter.startsWith('/') ? interpreter : undefined,
      enabled: true,
    }
  }
}
