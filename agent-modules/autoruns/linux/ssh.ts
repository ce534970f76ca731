/** What sshd starts when somebody logs in, whoever they are. */
import { programsOfShell } from '../command.ts'
import type { Place } from '../../support/directory.ts'
import { placeAt, type HostFiles } from '../host-files.ts'
import type { Source, Start } from '../start.ts'
import { homesOf } from './homes.ts'

const CONFIG = placeAt('/etc/ssh/sshd_config')
const CONFIG_FOLDERS = ['/etc/ssh/sshd_config.d', '/usr/etc/ssh/sshd_config.d']
const COMMAND =
  /^\s*(ForceCommand|AuthorizedKeysCommand|AuthorizedPrincipalsCommand|Subsystem\s+\S+)(?:\s*=\s*|\s+)(.*)$/i

export const ssh: Source = {
  kinds: ['ssh'],
  async *find(host) {
    yield* scriptStarts(host, '/etc/ssh/sshrc')
    yield* configStarts(host, CONFIG)
    for (const folder of CONFIG_FOLDERS)
      for await (const { name, place } of host.children(folder))
        if (name.endsWith('.conf')) yield* configStarts(host, place)
    for await (const { user, folder } of homesOf(host))
      yield* scriptStarts(host, `${folder}/.ssh/rc`, user)
  },
}

function* scriptStarts(host: HostFiles, file: string, user?: string): Generator<Start> {
  if (!host.isFile(file)) return
  const definition = placeAt(file)
  yield { kind: 'ssh', name: file.replace(/.*\//, ''), definition, enabled: true, user }
}

function* configStarts(host: HostFiles, file: Place): Generator<Start> {
  for (const { line, text } of host.lines(file)) {
    const [, option = '', command = ''] = COMMAND.exec(text) ?? []
    for (const executable of programsOfShell(command.trim().replaceAll(/^"|"$/g, ''), { host }))
      yield {
        kind: 'ssh',
        name: option.replace(/\s+/, ' '),
        definition: file,
        line,
        executable,
        enabled: true,
      }
  }
}
