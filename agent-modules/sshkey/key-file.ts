/** Looks at one file for keys: at its first bytes, and at more where they look like one, or the file lies where keys do. */
import path from 'node:path'
import { RegularFile } from '../support/regular-file.ts'
import type { Damaged, FoundKey } from './found-key.ts'
import { lineKeys } from './key-lines.ts'
import { puttyKeys, ssh2Keys } from './other-formats.ts'
import { pemKeys } from './pem.ts'

/** Looked at in every file; also what is read at a time. */
const HEAD_SIZE = 4096
/** MIG's own limit: some 10,000 keys a line each. */
export const SIZE_LIMIT = 1024 * 1024
const MARKS = ['-----BEGIN ', '---- BEGIN SSH2 ', 'PuTTY-User-Key-File-', ' AAAA', '\tAAAA']

export interface KeyFile {
  readonly text: string
  /** There was more than is looked at. */
  readonly isCut: boolean
}

const buffer = Buffer.allocUnsafeSlow(HEAD_SIZE)

/** The text of a file that may hold keys; undefined for all others. @throws the system's error */
export function readKeyFile(target: string | Buffer, place: string): KeyFile | undefined {
  const file = RegularFile.open(target, buffer)
  if (file === undefined) return undefined
  try {
    // Files of /proc have no size, and reading some of them changes the system.
    if (file.metadata.size === 0) return undefined
    const head = file.next()?.bytes
    if (head === undefined || !(isKeyPlace(place) || MARKS.some((mark) => head.includes(mark))))
      return undefined
    const parts = [Buffer.from(head)]
    for (let size = head.length; size < SIZE_LIMIT;) {
      const bytes = file.next()?.bytes
      if (bytes === undefined) break
      parts.push(Buffer.from(bytes))
      size += bytes.length
    }
    const isCut = file.metadata.size > SIZE_LIMIT
    return { text: Buffer.concat(parts).toString('latin1'), isCut }
  } finally {
    file.close()
  }
}

/** Where a key may stand behind any amount of something else. */
function isKeyPlace(place: string): boolean {
  const name = path.basename(place)
  return (
    name.startsWith('authorized_keys') ||
    name.endsWith('.pub') ||
    path.basename(path.dirname(place)) === '.ssh'
  )
}

/** In the order of their ways of writing; made one by one, so that the run can pause between them. */
export function* keysIn(text: string, place: string): Generator<FoundKey | Damaged> {
  yield* pemKeys(text)
  yield* puttyKeys(text)
  yield* ssh2Keys(text)
  yield* lineKeys(text, path.basename(place))
}
