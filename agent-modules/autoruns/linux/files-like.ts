/** Files by paths with wildcards, `/etc/network/if-*.d/*`, as glob(7) means them. A leading dot is nothing special, and a class in brackets is any one character: rather a file too many. */
import path from 'node:path'
import { placeAt, type HostChild, type HostFiles } from '../host-files.ts'

/** Folders that one path may mean, those on the way counted: no machine has as many of a kind. */
const FOLDERS_LIMIT = 1000
const WILDCARD = /[*?[]/

/** What is no directory, in the order of the paths; a folder that two of them lead to counts once. */
export async function* filesLike(
  host: HostFiles,
  patterns: readonly string[],
): AsyncGenerator<HostChild> {
  const known = new Set<string>()
  for (const pattern of patterns) {
    const name = path.posix.basename(pattern)
    for await (const folder of foldersLike(host, path.posix.dirname(pattern))) {
      const place = `${host.follow(folder) ?? folder}/${name}`
      if (known.has(place)) continue
      known.add(place)
      yield* filesIn(host, folder, name)
    }
  }
}

async function* filesIn(host: HostFiles, folder: string, name: string): AsyncGenerator<HostChild> {
  if (WILDCARD.test(name)) {
    for await (const child of host.children(folder))
      if (child.kind !== 'directory' && isLike(child.name, name)) yield child
    return
  }
  const file = path.posix.join(folder, name)
  if (host.isFile(file)) yield { name, kind: 'file', place: placeAt(file) }
}

/** One after the other, so that no more than are used are looked for. */
async function* foldersLike(
  host: HostFiles,
  pattern: string,
  visits = { left: FOLDERS_LIMIT },
): AsyncGenerator<string> {
  if (!WILDCARD.test(pattern)) {
    yield pattern
    return
  }
  const part = path.posix.basename(pattern)
  for await (const folder of foldersLike(host, path.posix.dirname(pattern), visits)) {
    if (!WILDCARD.test(part)) {
      yield path.posix.join(folder, part)
      continue
    }
    for await (const { name, kind, place } of host.children(folder)) {
      if (kind === 'file' || !isLike(name, part)) continue
      if (visits.left === 0) {
        host.report(pattern, `only the first ${FOLDERS_LIMIT} folders that it means count`)
        return
      }
      visits.left -= 1
      yield place.path
    }
  }
}

/** In time that grows with the product of their lengths at most: only the last `*` is ever tried again. */
export function isLike(name: string, pattern: string): boolean {
  const wanted = pattern.replaceAll(/\[[^\]]+\]/g, '?')
  let [at, on, star, from] = [0, 0, -1, 0]
  while (at < name.length) {
    if (wanted[on] === '*') {
      star = on
      from = at
      on += 1
    } else if (wanted[on] === '?' || wanted[on] === name[at]) {
      at += 1
      on += 1
    } else if (star !== -1) {
      from += 1
      at = from
      on = star + 1
    } else return false
  }
  return /^\**$/.test(wanted.slice(on))
}
