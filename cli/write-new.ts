/** Files that a command makes. */
import { writeFile } from 'node:fs/promises'
import { MeshError, reasonOf } from '../node/core/errors.ts'

/** For its owner only. Never overwrites: what is there may be the only copy of a case, or of a key. @throws MeshError FILE_UNREADABLE */
export async function writeNew(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { mode: 0o600, flag: 'wx' })
  } catch (cause) {
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'
    const reason = exists ? 'exists already' : reasonOf(cause)
    throw new MeshError({ code: 'FILE_UNREADABLE', path, reason }, { cause })
  }
}
