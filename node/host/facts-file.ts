/** Small system files as text, for facts; a file that is absent or unreadable is simply no fact. */
import { open } from 'node:fs/promises'

/** System files that state facts are a few lines long. */
const FILE_LIMIT = 64 * 1024

/** The beginning of a small file, `undefined` when it cannot be read. */
export async function readSmallFile(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, 'r')
    const { buffer, bytesRead } = await file.read(Buffer.alloc(FILE_LIMIT), 0, FILE_LIMIT, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } catch {
    // Absent on this system, or not for us: the next source is asked.
    return undefined
  }
}

/** The first of these files that can be read and holds something for `parse`. */
export async function firstFact(
  sources: readonly (readonly [path: string, parse: (text: string) => string | undefined])[],
): Promise<string | undefined> {
  for (const [path, parse] of sources) {
    const text = await readSmallFile(path)
    const fact = text === undefined ? undefined : parse(text)
    if (fact !== undefined && fact !== '') return fact
  }
  return undefined
}
