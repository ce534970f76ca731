/** Libraries that every program loads first, or every program of one environment; and scripts that every bash of one reads. */
import type { Place } from '../../support/directory.ts'
import { placeAt, type HostFiles } from '../host-files.ts'
import type { Source, Start } from '../start.ts'
import { filesLike } from './files-like.ts'

const ENVIRONMENTS = [
  ...['/etc/environment', '/etc/security/pam_env.conf', '/etc/default/locale'],
  ...['/etc/environment.d/*', '/run/environment.d/*', '/usr/lib/environment.d/*'],
  ...['/etc', '/run', '/usr/local/lib', '/usr/lib'].flatMap((parent) => [
    `${parent}/systemd/*.conf`,
    `${parent}/systemd/*.conf.d/*.conf`,
  ]),
]
const HOME_ENVIRONMENTS = '.config/environment.d/*'
const VARIABLE =
  /(?:^|[\s"'=])(?:LD_PRELOAD|LD_AUDIT|BASH_ENV)(?:\s*=|\s+(?:DEFAULT|OVERRIDE)=)\s*(?:"([^"\n]*)|'([^'\n]*)|([^\s"';]*))/g

/** Paths that a text sets LD_PRELOAD, LD_AUDIT or BASH_ENV to; nothing else of it. */
export const preloadsIn = (text: string): readonly string[] =>
  [...text.matchAll(VARIABLE)].flatMap(([, double, single, bare]) =>
    librariesOf(double ?? single ?? bare ?? ''),
  )

const librariesOf = (list: string): readonly string[] =>
  list.split(/[\s:]+/).filter((library) => library.startsWith('/'))

/** One start for each library that a file of environment variables names. */
export function* preloadsOf(host: HostFiles, file: Place): Generator<Start> {
  for (const { line, text } of host.lines(file)) {
    if (/^\s*#/.test(text)) continue
    for (const executable of preloadsIn(text)) yield preloadStart(file, line, executable)
  }
}

const preloadStart = (file: Place, line: number, executable: string): Start => ({
  kind: 'preload',
  name: file.path.replace(/.*\//, ''),
  definition: file,
  line,
  executable,
  enabled: true,
})

export const preload: Source = {
  kinds: ['preload'],
  async *find(host) {
    const everywhere = placeAt('/etc/ld.so.preload')
    for (const { line, text } of host.lines(everywhere))
      for (const library of librariesOf(text.replace(/#.*/, '')))
        yield preloadStart(everywhere, line, library)
    for await (const { place } of filesLike(host, ENVIRONMENTS)) yield* preloadsOf(host, place)
    return async function* (files, { user, folder }) {
      for await (const { place } of filesLike(files, [`${folder}/${HOME_ENVIRONMENTS}`]))
        for (const start of preloadsOf(files, place)) yield { ...start, user }
    }
  },
}
