/** Files by paths with wildcards, `/etc/network/if-*.d/*`, as glob(7) means them. A leading dot is nothing special, and a class in brackets is any one character: rather a file too many. */
import path from 'node:path'
import { placeAt, type HostChild, type HostFiles } from '../host-files.ts'

/** Folders that one path may mean, those on the way counted: no machine has as many of a kind. */
const FOLDERS_LIMIT = 1000
/** Files of one configuration, with those it includes. */
const FILES_LIMIT = 1000
/** Paths of one configuration that say what to include. */
const INCLUDES_LIMIT = 256
/** Longer ones are no paths that people write. */
const PATH_LIMIT = 512
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

export interface Configuration {
  readonly files: readonly string[]
  /** What a line has to say, in its first group, to name other files: by absolute paths, or relative to the folder of the first. */
  readonly includes?: RegExp | undefined
  /** What a leading `~` stands for in those. */
  readonly home?: string | undefined
}

/** The files of a configuration and those that they include, each once. */
export async function* configurationFiles(
  host: HostFiles,
  { files, includes, home }: Configuration,
): AsyncGenerator<HostChild> {
  const base = path.posix.dirname(files[0] ?? '/')
  const known = new Set<string>()
  // What is added while it is gone through is gone through as well.
  const patterns = new Set(files)
  for (const pattern of patterns)
    for await (const child of filesLike(host, [pattern])) {
      const real = host.follow(child.place.path) ?? child.place.path
      if (known.has(real)) continue
      if (known.size === FILES_LIMIT) {
        host.report(pattern, `only the first ${FILES_LIMIT} files of this configuration count`)
        return
      }
      known.add(real)
      yield child
      for (const included of includedBy(host, child, includes)) {
        if (patterns.size === INCLUDES_LIMIT + files.length) {
          host.report(real, `only ${INCLUDES_LIMIT} paths to include count`)
          break
        }
        patterns.add(path.posix.resolve(base, included.replace(/^~(?=\/)/, home ?? '~')))
      }
    }
}

function* includedBy(
  host: HostFiles,
  { place }: HostChild,
  includes: RegExp | undefined,
): Generator<string> {
  if (includes === undefined) return
  for (const { text } of host.lines(place)) {
    const named = includes.exec(text)?.[1] ?? ''
    for (const [word] of named.matchAll(/[^\s"]+/g))
      if (word.length <= PATH_LIMIT) yield word
      else host.report(place.path, `a path to include is over ${PATH_LIMIT} characters long`)
  }
}
