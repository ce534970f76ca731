/** The time servers of systemd-timesyncd (timesyncd.conf(5)). */
import path from 'node:path'
import type { Machine } from '../support/machine.ts'
import { filesIn, readConfiguration } from './configuration.ts'

const NAME = 'systemd/timesyncd.conf'
/** A file of drop-ins hides those of the same name in folders further on. */
const ROOTS = ['/etc', '/run', '/usr/local/lib', '/usr/lib']

export function timesyncdServers(machine: Machine): readonly string[] {
  const main = ROOTS.map((root) => readConfiguration(machine, `${root}/${NAME}`)).find(
    (text) => text !== '',
  )
  const texts = [main ?? '', ...dropIns(machine).map((file) => readConfiguration(machine, file))]
  return [...valuesOf(texts, 'NTP'), ...valuesOf(texts, 'FallbackNTP')]
}

/** In the order of their names. */
function dropIns(machine: Machine): readonly string[] {
  const files = ROOTS.flatMap((root) => filesIn(machine, `${root}/${NAME}.d`))
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
