/** Whether nobody but root can change what a path leads to: what root then starts there is root's own choice. */
import { lstatSync, readlinkSync, realpathSync, statSync, type Stats } from 'node:fs'
import path from 'node:path'

const WRITABLE_BY_OTHERS = 0o022
const ROOT = 0
/** As the kernel follows. */
const LINKS_LIMIT = 40

/** The folder, and all above it, as written and as they really are. */
export function isRootsFolder(folder: string): boolean {
  return [folder, realpathSync(folder)].flatMap(upwards).every((place) => isRoots(statSync(place)))
}

/** The file, every link on the way to it, and all folders of these. @throws the system's error where one is not there */
export function isRootsFile(file: string): boolean {
  let place = file
  for (let links = 0; links < LINKS_LIMIT; links += 1) {
    const folder = path.dirname(place)
    if (!isRootsFolder(folder)) return false
    const stats = lstatSync(place)
    if (!stats.isSymbolicLink()) return isRoots(stats)
    place = path.resolve(realpathSync(folder), readlinkSync(place))
  }
  return false
}

function upwards(folder: string): readonly string[] {
  const above = path.dirname(folder)
  return above === folder ? [folder] : [folder, ...upwards(above)]
}

const isRoots = ({ uid, mode }: Stats): boolean => uid === ROOT && (mode & WRITABLE_BY_OTHERS) === 0
