/** Services of systemd, and the timers, sockets and paths that set them off: the machine's, and each user's. */
import type { HostFiles } from '../../host-files.ts'
import type { Kind, Source, Start } from '../../start.ts'
import { valueOf } from '../ini.ts'
import { calledInHome, calledOnMachine } from './called-units.ts'
import {
  execPrograms,
  unitSettings,
  preloadPrograms,
  type PlacedSetting,
  type Program,
} from './unit-programs.ts'
import { stateOf } from './unit-state.ts'
import {
  readUnitTree,
  SYSTEM_FOLDERS,
  userFolders,
  type UnitFile,
  type UnitTree,
} from './unit-tree.ts'

/** By the ends of their names. */
const UNIT_KINDS: ReadonlyMap<string, Kind> = new Map(
  (['service', 'timer', 'socket', 'path'] as const).map((kind) => [kind, kind]),
)
/** What a unit pulls in when it starts, or ends. */
const PULLING_KEYS: ReadonlySet<string> = new Set([
  ...['Wants', 'Requires', 'BindsTo', 'Upholds', 'OnFailure', 'OnSuccess'],
])
const TIMER_KEYS: ReadonlySet<string> = new Set([
  'OnCalendar',
  'OnActiveSec',
  'OnBootSec',
  'OnStartupSec',
  'OnUnitActiveSec',
  'OnUnitInactiveSec',
])

/** All units of a host together, in memory; a tenth of this is much. */
const SETTINGS_LIMIT = 32 * 1024 * 1024
/** What a setting takes beside its value. */
const SETTING_SIZE = 200

interface LoadedUnit {
  readonly unit: UnitFile
  readonly kind: Kind | undefined
  readonly settings: readonly PlacedSetting[]
  readonly state: string
  /** The service that a timer, socket or path sets off. */
  readonly activates: string | undefined
}

export const systemd: Source = {
  kinds: ['service', 'timer', 'socket', 'path', 'preload'],
  async *find(host) {
    const onMachine = await calledOnMachine(host)
    yield* managerStarts(host, { folders: SYSTEM_FOLDERS, user: 'root', called: onMachine })
    yield* managerStarts(host, { folders: userFolders(), user: undefined, called: onMachine })
    return async function* (files, home) {
      const called = onMachine.union(await calledInHome(files, home))
      yield* managerStarts(files, { folders: userFolders(home), user: home.user, called })
    }
  },
}

interface ManagerInit {
  readonly folders: readonly string[]
  readonly user: string | undefined
  /** Units that others than this manager may start. */
  readonly called: ReadonlySet<string>
}

async function* managerStarts(
  host: HostFiles,
  { folders, user, called }: ManagerInit,
): AsyncGenerator<Start> {
  const tree = await readUnitTree(host, folders)
  const units = new Map<string, LoadedUnit>()
  let size = 0
  for (const unit of tree.units.values()) {
    await host.turn()
    const loaded = loadUnit(host, unit, tree)
    size += loaded.settings.reduce((sum, { value }) => sum + SETTING_SIZE + value.length, 0)
    if (size > SETTINGS_LIMIT) {
      host.report(unit.folder, `holds over ${SETTINGS_LIMIT} bytes of units; others do not count`)
      break
    }
    units.set(unit.name, loaded)
  }
  const causes = causesIn(units, called)
  for (const loaded of units.values()) {
    await host.turn()
    yield* unitStarts(host, loaded, { tree, units, causes, user })
  }
}

function loadUnit(host: HostFiles, unit: UnitFile, tree: UnitTree): LoadedUnit {
  const settings = unitSettings(host, unit, tree)
  const own = settings.filter(({ place }) => place === unit.place)
  const kind = UNIT_KINDS.get(unit.name.slice(unit.name.lastIndexOf('.') + 1))
  return {
    unit,
    kind,
    settings,
    state: stateOf(host, { unit, tree, settings: own }),
    activates: activatedBy(unit.name, kind, settings),
  }
}

function activatedBy(
  name: string,
  kind: Kind | undefined,
  settings: readonly PlacedSetting[],
): string | undefined {
  if (kind === undefined || kind === 'service') return undefined
  const stem = name.slice(0, name.lastIndexOf('.'))
  if (kind === 'timer') return valueOf(settings, 'Timer', 'Unit') ?? `${stem}.service`
  if (kind === 'path') return valueOf(settings, 'Path', 'Unit') ?? `${stem}.service`
  const isInetd = /^(?:yes|true|on|1)$/i.test(valueOf(settings, 'Socket', 'Accept') ?? '')
  return valueOf(settings, 'Socket', 'Service') ?? `${stem}${isInetd ? '@' : ''}.service`
}

interface Causes {
  /** Services that an enabled timer, socket or path sets off. */
  readonly activated: ReadonlySet<string>
  /** Units that others pull in, or call: whether those start is another question. */
  readonly pulled: ReadonlySet<string>
}

function causesIn(units: ReadonlyMap<string, LoadedUnit>, called: ReadonlySet<string>): Causes {
  const activated = new Set<string>()
  const pulled = new Set(called)
  for (const { state, activates, settings } of units.values()) {
    if (activates !== undefined) (state.startsWith('enabled') ? activated : pulled).add(activates)
    const pulling = settings.filter(
      ({ section, key }) => section === 'Unit' && PULLING_KEYS.has(key),
    )
    for (const name of pulling.flatMap(({ value }) => value.split(/\s+/))) pulled.add(name)
  }
  return { activated, pulled }
}

interface Manager {
  readonly tree: UnitTree
  readonly units: ReadonlyMap<string, LoadedUnit>
  readonly causes: Causes
  readonly user: string | undefined
}

/** Another name of a unit is no start of its own. */
function* unitStarts(host: HostFiles, loaded: LoadedUnit, manager: Manager): Generator<Start> {
  const { unit, kind, settings, state, activates } = loaded
  if (kind === undefined || state === 'alias') return
  const service = activates === undefined ? loaded : manager.units.get(activates)
  const user = serviceUser(service) ?? manager.user
  const start: Start = {
    kind,
    name: unit.name,
    definition: unit.place,
    state,
    enabled: isEnabled(loaded, manager),
    schedule: scheduleOf(settings),
    user,
  }
  const isMasked = state.startsWith('masked')
  const programs = isMasked
    ? []
    : execPrograms(host, [...settings, ...serviceSettings(service, loaded)])
  if (programs.length === 0) yield start
  else yield* programStarts(programs, start, activates !== undefined)
  for (const { executable, setting } of isMasked ? [] : preloadPrograms(host, settings))
    yield { ...start, kind: 'preload', definition: setting.place, line: setting.line, executable }
}

const serviceSettings = (
  service: LoadedUnit | undefined,
  loaded: LoadedUnit,
): readonly PlacedSetting[] => (service === undefined || service === loaded ? [] : service.settings)

/** A service's programs stand where they are written, which may be a drop-in; of what sets it off, in that unit. */
function* programStarts(
  programs: readonly Program[],
  start: Start,
  isTrigger: boolean,
): Generator<Start> {
  const known = new Set<string>()
  for (const { executable, setting } of programs) {
    const place = isTrigger ? start.definition : setting.place
    if (known.has(`${place.path}\0${executable}`)) continue
    known.add(`${place.path}\0${executable}`)
    const line = isTrigger ? {} : { line: setting.line }
    yield { ...start, ...line, definition: place, executable }
  }
}

function serviceUser(service: LoadedUnit | undefined): string | undefined {
  const user = valueOf(service?.settings ?? [], 'Service', 'User')
  return user === '' ? undefined : user
}

/** Undefined where it depends on whether what pulls it in starts. */
function isEnabled({ unit, state }: LoadedUnit, { tree, causes }: Manager): boolean | undefined {
  if (state.startsWith('masked') || state === 'bad') return false
  const links = tree.links.get(unit.name) ?? []
  const isDependency = links.some((link) => link.isDependency)
  if (state.startsWith('enabled') || isDependency || causes.activated.has(unit.name)) return true
  const isPulled = [unit, ...links].some(({ name }) => causes.pulled.has(name))
  return isPulled ? undefined : false
}

function scheduleOf(settings: readonly PlacedSetting[]): string | undefined {
  const parts = settings
    .filter(({ section, key, value }) => section === 'Timer' && TIMER_KEYS.has(key) && value !== '')
    .map(({ key, value }) => (key === 'OnCalendar' ? value : `${key}=${value}`))
  return parts.length === 0 ? undefined : parts.join('; ')
}
