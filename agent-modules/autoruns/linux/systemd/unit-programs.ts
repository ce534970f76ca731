/** What a unit starts, from its file and its drop-ins. */
import { programsOfWords } from '../../command.ts'
import type { HostChild, HostFiles } from '../../host-files.ts'
import { parseIni, type Setting } from '../ini.ts'
import { preloadsIn } from '../preload.ts'
import { templateOf, type UnitFile, type UnitTree } from './unit-tree.ts'

/** A setting, and the file that it stands in. */
export interface PlacedSetting extends Setting {
  readonly place: HostChild['place']
}

export interface Program {
  readonly executable: string
  readonly setting: PlacedSetting
}

const EXEC_KEY = /^Exec(?:Condition|StartPre|Start|StartPost|Reload|Stop|StopPre|StopPost)$/
const USED_KEYS =
  /^(?:Exec.*|Environment|EnvironmentFile|User|Unit|Service|Accept|Wants|Requires|BindsTo|Upholds|OnFailure|OnSuccess)$/
/** systemd's own marks before a program: `-@:+!`. */
const EXEC_MARKS = /^[-@:+!|]+/

/** Of the unit's own file, then of its drop-ins by their names. */
export function unitSettings(
  host: HostFiles,
  unit: UnitFile,
  tree: UnitTree,
): readonly PlacedSetting[] {
  const dropIns = dropInFolders(unit.name)
    .flatMap((folder) => tree.dropIns.get(folder) ?? [])
    .sort((one, other) => (one.name < other.name ? -1 : 1))
  return [unit, ...dropIns].flatMap(({ place }) =>
    structuredClone(parseIni(host.text(place) ?? '').filter(isUsed)).map((setting) => ({
      ...setting,
      place,
    })),
  )
}

/** The others, documentation and limits, would only fill memory; a copy does not keep the whole text there. */
const isUsed = ({ section, key }: Setting): boolean =>
  section === 'Install' || section === 'Timer' || USED_KEYS.test(key)

/** `a-b@c.service`: `service.d`, `a-.service.d`, `a-b@.service.d` and `a-b@c.service.d`. */
function dropInFolders(name: string): readonly string[] {
  const type = name.slice(name.lastIndexOf('.') + 1)
  const stem = name.slice(0, -type.length - 1)
  const prefixes = [...stem.matchAll(/-/g)].map(
    ({ index }) => `${stem.slice(0, index + 1)}.${type}`,
  )
  return [...new Set([type, ...prefixes, templateOf(name), name])].map((each) => `${each}.d`)
}

/** An empty value takes back what stands before it. */
export function execPrograms(
  host: HostFiles,
  settings: readonly PlacedSetting[],
): readonly Program[] {
  const takenBack = new Map<string, number>()
  for (const [index, { key, value }] of settings.entries())
    if (value === '') takenBack.set(key, index)
  const execs = settings.filter(
    ({ key }, index) => EXEC_KEY.test(key) && index > (takenBack.get(key) ?? -1),
  )
  return execs.flatMap((setting) =>
    programsOfWords(setting.value.replace(EXEC_MARKS, ''), { host }).map((executable) => ({
      executable,
      setting,
    })),
  )
}

/** Libraries that the unit's environment makes its programs load first. */
export function preloadPrograms(
  host: HostFiles,
  settings: readonly PlacedSetting[],
): readonly Program[] {
  return settings.flatMap((setting) => {
    const text =
      setting.key === 'Environment'
        ? setting.value
        : setting.key === 'EnvironmentFile'
          ? environmentFile(host, setting.value)
          : ''
    return preloadsIn(text).map((executable) => ({ executable, setting }))
  })
}

function environmentFile(host: HostFiles, value: string): string {
  const file = value.replace(/^-/, '')
  return file.startsWith('/') ? (host.text(file) ?? '') : ''
}
