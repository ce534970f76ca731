/** Finds logs with what rotation has made of them: `auth.log`, `auth.log.1`, `auth.log.2.gz`, `secure-20261115.gz`. */
import { opendirSync } from 'node:fs'
import path from 'node:path'
import type { Folder } from './sources.ts'

/** Names looked at in one folder; any user may have filled it. */
const NAMES_LIMIT = 20_000
/** Files of one log, the newest. */
const FILES_LIMIT = 400
/** A number, or the day and perhaps the second; and how it is packed. */
const ROTATED_FORM =
  /^(?<base>.+?)(?:\.(?<number>\d{1,4})|[-.](?<date>\d{4}-?\d\d-?\d\d(?:-\d{2,10})?))(?:\.(?:gz|xz|zst|bz2|lz4|Z))?$/
const PACKED_FORM = /^(?<base>.+)\.(?:gz|xz|zst|bz2|lz4|Z)$/

/** One log, however many files it has become. */
export interface LogFiles {
  /** Where it is written now. */
  readonly path: string
  /** From the oldest to the newest. */
  readonly files: readonly string[]
}

export interface Found {
  readonly logs: readonly LogFiles[]
  /** What was left out, and why. */
  readonly problems: readonly string[]
}

interface Rotated {
  readonly base: string
  /** The later, the larger. */
  readonly order: number
}

/** The logs in a folder, in the order of their names. @throws the system's error where the folder cannot be read */
export function findLogs(folder: Folder, placeOf: (absolute: string) => string): Found {
  const { names, problems } = namesIn(placeOf(folder.path))
  const byBase = Map.groupBy(
    names.map((name) => ({ name, ...readName(name, folder) })),
    ({ base }) => base,
  )
  const logs = [...byBase].flatMap(([base, members]) => {
    if (base === undefined) return []
    members.sort((one, other) => one.order - other.order)
    return [
      {
        path: path.join(folder.path, base),
        files: members.map(({ name }) => path.join(folder.path, name)),
      },
    ]
  })
  const tooMany = logs.filter(({ files }) => files.length > FILES_LIMIT)
  return {
    logs: logs
      .map((log) => ({ ...log, files: log.files.slice(-FILES_LIMIT) }))
      .sort((one, other) => (one.path < other.path ? -1 : 1)),
    problems: [
      ...problems,
      ...tooMany.map(
        (log) =>
          `${log.path}: only the newest ${FILES_LIMIT} of its ${log.files.length} files were looked at`,
      ),
    ],
  }
}

/** The name itself, before anything is taken off it, may be a log: a path can lead to `auth.log.1`. */
function readName(name: string, folder: Folder): { base: string | undefined; order: number } {
  if (folder.holds(name)) return { base: name, order: Infinity }
  const { base, order } = withoutRotation(name)
  return { base: folder.holds(base) ? base : undefined, order }
}

function withoutRotation(name: string): Rotated {
  const groups = ROTATED_FORM.exec(name)?.groups
  if (groups === undefined)
    return { base: PACKED_FORM.exec(name)?.groups?.['base'] ?? name, order: Infinity }
  const { base = name, number, date = '' } = groups
  // Numbers count backwards; where a log has both, the dated files are the older ones.
  if (number !== undefined) return { base, order: -Number(number) }
  return { base, order: Number(date.replaceAll('-', '').slice(0, 15)) - Number.MAX_SAFE_INTEGER }
}

function namesIn(folder: string): { names: readonly string[]; problems: readonly string[] } {
  const directory = opendirSync(folder)
  try {
    const names: string[] = []
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      if (names.length === NAMES_LIMIT)
        return { names, problems: [`${folder}: only ${NAMES_LIMIT} names were looked at`] }
      names.push(entry.name)
    }
    return { names, problems: [] }
  } finally {
    directory.closeSync()
  }
}
