/** The time servers of systemd-timesyncd (timesyncd.conf(5)). */
import path from 'node:path'
import { filesIn, readConfiguration, type Configured } from './configuration.ts'

const NAME = 'systemd/timesyncd.conf'
/** A file of drop-ins hides those of the same name in folders further on. */
const ROOTS = ['/etc', '/run', '/usr/local/lib', '/usr/lib']

export function timesyncdServers(host: Configured): readonly string[] {
  const main = ROOTS.map((root) => readConfiguration(host, `${root}/${NAME}`)).find(
    (text) => text !== '',
  )
  const texts = [main ?? '', ...dropIns(host).map((file) => readConfiguration(host, file))]
  return [...valuesOf(texts, 'NTP'), ...valuesOf(texts, 'FallbackNTP')]
}

/** In the order of their names. */
function dropIns(host: Configured): readonly string[] {
  const files = ROOTS.flatMap((root) => filesIn(host, `${root}/${NAME}.d`))
  const byName = new Map(files.toReversed().map((file) => [path.basename(file), file]))
  return [...byName.keys()].sort().flatMap((name) => byName.get(name) ?? [])
}

/** Lists add up, and an empty one begins anew. */
function valuesOf(texts: readonly string[], key: string): readonly string[] {
  const lists = texts
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.startsWith(`${key}=`))
    .map((line) => line.slice(key.length + 1).trim())
  return lists.slice(lists.lastIndexOf('') + 1).flatMap((list) => list.split(/\s+/))
}
