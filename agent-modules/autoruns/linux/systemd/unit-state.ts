/** Whether a unit starts by itself, read from files and links as `systemctl list-unit-files` reads them (systemd's src/shared/install.c). */
import path from 'node:path'
import type { HostFiles } from '../../host-files.ts'
import type { Setting } from '../ini.ts'
import type { UnitFile, UnitLink, UnitTree } from './unit-tree.ts'

/** Settings of `[Install]` with words in their values. */
interface Install {
  readonly aliases: readonly string[]
  readonly hasRules: boolean
  readonly hasAlso: boolean
  readonly defaultInstance: string | undefined
}

export interface UnitState {
  readonly unit: UnitFile
  readonly tree: UnitTree
  readonly settings: readonly Setting[]
}

/** `enabled`, `disabled`, `static`, `masked` and so on. */
export function stateOf(host: HostFiles, { unit, tree, settings }: UnitState): string {
  const meant = aliasedUnit(host, unit, tree)
  if (isMasked(host, meant)) return runtime('masked', meant)
  if (meant !== unit) return 'alias'
  if (host.locate(unit.place) === undefined) return 'bad'
  if (/\/generator(?:\.early|\.late)?$/.test(unit.folder)) return 'generated'
  if (unit.folder.endsWith('/transient')) return 'transient'
  const install = readInstall(settings)
  return (
    linksSay({ unit, tree, install, byKnownName: true }) ??
    (linksSay({ unit, tree, install, byKnownName: false }) === undefined
      ? withoutLinks(install)
      : 'indirect')
  )
}

const runtime = (state: string, { folder }: UnitFile): string =>
  folder.startsWith('/run/') ? `${state}-runtime` : state

/** The unit that one stands for: another where it is a link to that, whichever file counts for its name; else itself. */
function aliasedUnit(host: HostFiles, unit: UnitFile, { reals, units }: UnitTree): UnitFile {
  const target = host.linkTarget(unit.place.path)
  if (target === undefined) return unit
  const place = path.posix.resolve(unit.folder, target)
  const isInside = reals.has(host.follow(path.posix.dirname(place)) ?? '')
  return (isInside ? units.get(path.posix.basename(place)) : undefined) ?? unit
}

function isMasked(host: HostFiles, { place }: UnitFile): boolean {
  if (host.follow(place.path) === '/dev/null') return true
  const stats = host.locate(place)?.stats
  return stats?.isFile() === true && stats.size === 0n
}

const withoutLinks = ({ hasRules, hasAlso }: Install): string =>
  hasRules ? 'disabled' : hasAlso ? 'indirect' : 'static'

function readInstall(settings: readonly Setting[]): Install {
  const words = (...keys: readonly string[]): readonly string[] =>
    settings
      .filter(({ section, key }) => section === 'Install' && keys.includes(key))
      .flatMap(({ value }) => value.split(/\s+/))
      .filter((word) => word !== '')
  const aliases = words('Alias')
  return {
    aliases,
    hasRules: [...aliases, ...words('WantedBy', 'RequiredBy', 'UpheldBy')].length > 0,
    hasAlso: words('Also').length > 0,
    defaultInstance: words('DefaultInstance').at(-1),
  }
}

interface Question {
  readonly unit: UnitFile
  readonly tree: UnitTree
  readonly install: Install
  /** Only links of names that `systemctl enable` would give. */
  readonly byKnownName: boolean
}

/** What the links to a unit make of it; undefined when there are none that count. */
function linksSay({ unit, tree, install, byKnownName }: Question): string | undefined {
  const names = namesOf(unit.name, install)
  const found = (tree.links.get(unit.name) ?? []).filter(
    (link) => !isHidden(link, unit, tree) && !isSameName(link, unit, tree),
  )
  const counting = byKnownName ? found.filter(({ name }) => names.has(name)) : found
  const folders = counting.map(({ folder }) => folder)
  if (folders.some((folder) => folder.startsWith('/etc/') || folder.includes('/.config/')))
    return 'enabled'
  if (folders.some((folder) => folder.startsWith('/run/'))) return 'enabled-runtime'
  if (folders.length > 0 && /@.+\./.test(unit.name)) return 'static'
  const sameName = (tree.links.get(unit.name) ?? []).filter((link) => isSameName(link, unit, tree))
  if (
    sameName.some(
      ({ folder }) => folder === '/etc/systemd/system' || folder === '/etc/systemd/user',
    )
  )
    return 'linked'
  return sameName.some(({ folder }) => folder.startsWith('/run/')) ? 'linked-runtime' : undefined
}

function namesOf(name: string, { aliases, defaultInstance }: Install): ReadonlySet<string> {
  const instance = defaultInstance === undefined ? [] : [name.replace('@.', `@${defaultInstance}.`)]
  return new Set([name, ...aliases, ...instance])
}

/** A link of the unit's own name beside units, in no folder after the unit's, says where its file is, not that it starts. */
const isSameName = (link: UnitLink, unit: UnitFile, tree: UnitTree): boolean =>
  !link.isDependency && link.name === unit.name && !isAfter(link, unit, tree)

/** In folders that come after the unit's, links of its name count only when they lead to it. */
const isHidden = (link: UnitLink, unit: UnitFile, tree: UnitTree): boolean =>
  link.name === unit.name && link.targetName !== unit.name && isAfter(link, unit, tree)

const isAfter = (link: UnitLink, unit: UnitFile, { folders }: UnitTree): boolean =>
  folders.indexOf(link.folder) > folders.indexOf(unit.folder)
