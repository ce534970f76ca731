/** Units that others than systemd may start: udev for a device, D-Bus for a name. Whether a device or a caller comes is another question. */
import type { Home } from '../../homes.ts'
import type { HostFiles } from '../../host-files.ts'
import { BUS_FOLDERS, HOME_BUS_FOLDER } from '../desktop.ts'
import { filesLike } from '../files-like.ts'
import { RULE_FOLDERS } from '../udev.ts'
import { templateOf } from './unit-tree.ts'

const WANTED = /\bENV\{SYSTEMD_(?:USER_)?WANTS\}\s*[+:]?=\s*"([^"]*)"|^\s*SystemdService\s*=(.*)$/g
/** More than any machine has. */
const UNITS_LIMIT = 10_000

export const calledOnMachine = (host: HostFiles): Promise<ReadonlySet<string>> =>
  calledIn(host, [
    ...RULE_FOLDERS.map((folder) => `${folder}/*.rules`),
    ...BUS_FOLDERS.map((folder) => `${folder}/*.service`),
  ])

export const calledInHome = (host: HostFiles, { folder }: Home): Promise<ReadonlySet<string>> =>
  calledIn(host, [`${folder}/${HOME_BUS_FOLDER}/*.service`])

async function calledIn(host: HostFiles, files: readonly string[]): Promise<ReadonlySet<string>> {
  const called = new Set<string>()
  for await (const { place } of filesLike(host, files))
    for (const { text } of host.lines(place)) {
      await host.turn()
      for (const name of namesIn(text)) called.add(name)
      if (called.size <= UNITS_LIMIT) continue
      host.report(place.path, `only the first ${UNITS_LIMIT} units that are called count`)
      return called
    }
  return called
}

/** A part of a text would keep all of it in memory. */
const namesIn = (text: string): readonly string[] =>
  [...text.matchAll(WANTED)]
    .flatMap(([, wanted, service]) => (wanted ?? service ?? '').trim().split(/\s+/))
    .flatMap((name) => structuredClone([name, templateOf(name)]))
