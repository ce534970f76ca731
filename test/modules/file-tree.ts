/** A temporary tree of files for tests, removed at the end of the block that opened it. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

export interface FileTree extends Disposable {
  readonly root: string
  at(...parts: readonly string[]): string
  /** Writes a file, with the directories above it; returns its path. */
  write(name: string, content?: string | Uint8Array, modifiedMs?: number): string
}

export function createFileTree(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): FileTree {
  const root = mkdtempSync(path.join(tmpdir(), 'mig-file-'))
  const at = (...parts: readonly string[]): string => path.join(root, ...parts)
  const write: FileTree['write'] = (name, content = '', modifiedMs) => {
    mkdirSync(path.dirname(at(name)), { recursive: true })
    writeFileSync(at(name), content)
    if (modifiedMs !== undefined) utimesSync(at(name), modifiedMs / 1000, modifiedMs / 1000)
    return at(name)
  }
  for (const [name, content] of Object.entries(files)) write(name, content)
  return {
    root,
    at,
    write,
    [Symbol.dispose]: () => {
      rmSync(root, { recursive: true, force: true })
    },
  }
}
