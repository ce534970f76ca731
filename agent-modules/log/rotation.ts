/** Finds logs with what rotation has made of them (rotation-name.ts). */
import path from 'node:path'
import { namesIn } from '../support/names-in.ts'
import { rotationOrder } from '../support/rotation-name.ts'
import type { Folder } from './sources.ts'

/** Names looked at in one folder; any user may have filled it. */
const NAMES_LIMIT = 20_000
/** Files of one log, the newest. */
const FILES_LIMIT = 400
/** The longest that rotation adds to a name. */
const ADDED_LIMIT = 48

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

interface LogFile {
  readonly name: string
  /** The name of the log that it is of. */
  readonly base: string
  readonly order: string
}

/** The logs in a folder, in the order of their names. @throws the system's error where the folder cannot be read */
export function findLogs(folder: Folder, placeOf: (absolute: string) => string): Found {
  const { names, isCut } = namesIn(placeOf(folder.path), NAMES_LIMIT)
  const files = names.flatMap((name) => readName(name, folder) ?? [])
  const logs = [...Map.groupBy(files, ({ base }) => base)].map(([base, members]) => ({
    path: path.join(folder.path, base),
    files: members.sort(byAge).map(({ name }) => path.join(folder.path, name)),
  }))
  const tooMany = logs.filter((log) => log.files.length > FILES_LIMIT)
  return {
    logs: logs
      .map((log) => ({ ...log, files: log.files.slice(-FILES_LIMIT) }))
      .sort((one, other) => (one.path < other.path ? -1 : 1)),
    problems: [
      ...(isCut ? [`${folder.path}: only ${NAMES_LIMIT} names were looked at`] : []),
      ...tooMany.map(
        (log) =>
          `${log.path}: only the newest ${FILES_LIMIT} of its ${log.files.length} files were looked at`,
      ),
    ],
  }
}

const byAge = (one: LogFile, other: LogFile): number => (one.order < other.order ? -1 : 1)

/** The name itself, before anything is taken off it, may be a log: a path can lead to `auth.log.1`. */
function readName(name: string, folder: Folder): LogFile | undefined {
  for (let end = name.length; end > 0 && name.length - end <= ADDED_LIMIT; end -= 1) {
    const base = name.slice(0, end)
    const order = folder.holds(base) ? rotationOrder(base, name.slice(end)) : undefined
    if (order !== undefined) return { name, base, order }
  }
  return undefined
}
