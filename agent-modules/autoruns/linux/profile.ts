/** Scripts that shells and desktops read when a person logs in or opens one; who they are is told, not what they say. */
import type { HostFiles } from '../host-files.ts'
import type { Source, Start } from '../start.ts'
import { filesLike } from './files-like.ts'
import { preloadsOf } from './preload.ts'

const ZSH = ['zshenv', 'zprofile', 'zshrc', 'zlogin', 'zlogout']
const SHELL_FILES = [
  ...['/etc/profile', '/etc/bash.bashrc', '/etc/bashrc', '/etc/bash.bash_logout'],
  ...ZSH.flatMap((name) => [`/etc/${name}`, `/etc/zsh/${name}`]),
  ...['/etc/csh.*', '/etc/ksh.kshrc', '/etc/mkshrc', '/etc/profile.d/*', '/etc/bashrc.d/*'],
  ...['/etc/fish/config.fish', '/etc/fish/conf.d/*', '/usr/share/fish/vendor_conf.d/*'],
  ...['/usr/etc/profile', '/usr/etc/profile.d/*', '/usr/etc/bash.bashrc'],
]
const DESKTOP_FILES = [
  ...['/etc/X11/Xsession', '/etc/X11/Xsession.d/*', '/etc/X11/Xreset.d/*'],
  ...['/etc/X11/xinit/*rc', '/etc/X11/xinit/xinitrc.d/*', '/etc/xdg/Xwayland-session.d/*'],
  ...['/etc/gdm*/*/*', '/usr/share/sddm/scripts/X*', '/etc/xdg/plasma-workspace/*/*'],
  '/etc/xdg/openbox/autostart',
]
const HOME_FILES = [
  ...['profile', 'bashrc', 'bash_profile', 'bash_login', 'bash_logout', 'bash_aliases'],
  ...[...ZSH, 'cshrc', 'tcshrc', 'login', 'logout', 'kshrc', 'mkshrc'],
  ...['xprofile', 'xinitrc', 'xserverrc', 'xsession', 'xsessionrc', 'pam_environment'],
  ...['bashrc.d/*', 'config/fish/config.fish', 'config/fish/conf.d/*'],
  ...['config/plasma-workspace/*/*', 'config/autostart-scripts/*', 'config/openbox/autostart'],
].map((name) => `.${name}`)
const inHome = (home: string): readonly string[] => HOME_FILES.map((name) => `${home}/${name}`)

export const profile: Source = {
  kinds: ['profile', 'preload'],
  async *find(host) {
    yield* fileStarts(host, [...SHELL_FILES, ...DESKTOP_FILES, ...inHome('/etc/skel')])
    return (files, { user, folder }) => fileStarts(files, inHome(folder), user)
  },
}

async function* fileStarts(
  host: HostFiles,
  files: readonly string[],
  user?: string,
): AsyncGenerator<Start> {
  for await (const { name, place } of filesLike(host, files)) {
    yield { kind: 'profile', name, definition: place, enabled: true, user }
    for (const start of preloadsOf(host, place)) yield { ...start, user }
  }
}
