/** Scripts that shells read when a person logs in or opens one; who they are is told, not what they say. */
import { placeAt, type HostFiles } from '../host-files.ts'
import type { Source, Start } from '../start.ts'
import { homesOf } from './homes.ts'
import { preloadsOf } from './preload.ts'

const FILES = [
  '/etc/profile',
  '/etc/bash.bashrc',
  '/etc/bashrc',
  '/etc/bash.bash_logout',
  ...['zshenv', 'zprofile', 'zshrc', 'zlogin', 'zlogout'].flatMap((name) => [
    `/etc/${name}`,
    `/etc/zsh/${name}`,
  ]),
  '/etc/csh.cshrc',
  '/etc/csh.login',
  '/etc/fish/config.fish',
  '/etc/skel/.bashrc',
  '/etc/skel/.profile',
]
const FOLDERS = ['/etc/profile.d', '/etc/bashrc.d', '/etc/fish/conf.d', '/etc/X11/Xsession.d']
const HOME_FILES = [
  ...['profile', 'bashrc', 'bash_profile', 'bash_login', 'bash_logout', 'bash_aliases'],
  ...['zshenv', 'zprofile', 'zshrc', 'zlogin', 'zlogout', 'cshrc', 'tcshrc', 'login', 'kshrc'],
  ...['xprofile', 'xinitrc', 'xsession', 'xsessionrc', 'pam_environment'],
].map((name) => `.${name}`)

export const profile: Source = {
  kinds: ['profile', 'preload'],
  async *find(host) {
    for (const file of FILES) yield* fileStarts(host, file)
    for (const folder of FOLDERS)
      for await (const { name, kind, place } of host.children(folder))
        if (kind !== 'directory') {
          yield { kind: 'profile', name, definition: place, enabled: true }
          yield* preloadsOf(host, place)
        }
    for await (const { user, folder } of homesOf(host))
      for (const name of [...HOME_FILES, '.config/fish/config.fish'])
        yield* fileStarts(host, `${folder}/${name}`, user)
  },
}

function* fileStarts(host: HostFiles, file: string, user?: string): Generator<Start> {
  if (!host.isFile(file)) return
  const definition = placeAt(file)
  yield { kind: 'profile', name: file.replace(/.*\//, ''), definition, enabled: true, user }
  for (const start of preloadsOf(host, definition)) yield { ...start, user }
}
