/** Libraries that every program loads first, or every program of one environment. */
import type { Place } from '../../support/directory.ts'
import { placeAt, type HostFiles } from '../host-files.ts'
import type { Source, Start } from '../start.ts'

const ENVIRONMENTS = ['/etc/environment', '/etc/security/pam_env.conf', '/etc/default/locale']
const ENVIRONMENT_FOLDERS = ['/etc/environment.d', '/run/environment.d', '/usr/lib/environment.d']
const VARIABLE =
  /(?:^|[\s"'])(?:LD_PRELOAD|LD_AUDIT)(?:\s*=|\s+(?:DEFAULT|OVERRIDE)=)\s*(?:"([^"\n]*)|'([^'\n]*)|([^\s"';]*))/g

/** Paths of libraries that a text sets LD_PRELOAD or LD_AUDIT to; nothing else of it. */
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
    for (const file of ENVIRONMENTS) yield* preloadsOf(host, placeAt(file))
    for (const folder of ENVIRONMENT_FOLDERS)
      for await (const { place } of host.children(folder)) yield* preloadsOf(host, place)
  },
}
