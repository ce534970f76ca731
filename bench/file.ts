/** The file module against find, sha256sum and grep on a tree made for it, as ratios in one run. */
import { createHash } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { COLUMNS, openComparison } from './compare.ts'
import { table } from './stats.ts'

const FILES = 60_000
const FILES_A_DIRECTORY = 200
const SMALL_FILES = 200_000
const MEAN_SIZE = 25_000
const PATTERN = 'BEGIN (RSA|DSA|EC|OPENSSH) PRIVATE KEY'

export async function benchFile(): Promise<void> {
  await using comparison = await openComparison()
  const tree = await mkdtemp(join(tmpdir(), 'mig-tree-'))
  try {
    makeTree(tree)
    const needle = createHash('sha256').update('absent').digest('hex')
    const rows = [COLUMNS]
    rows.push(
      await comparison.row('names', {
        tool: ['find', tree, '-type', 'f', '-name', '*keyring*'],
        operation: search(tree, { names: ['keyring'] }),
      }),
    )
    rows.push(
      await comparison.row('content', {
        tool: ['grep', '-rlE', PATTERN, tree],
        operation: search(tree, { contents: [PATTERN] }),
      }),
    )
    rows.push(
      await comparison.row('sha256', {
        tool: ['sh', '-c', `find ${tree} -type f -print0 | xargs -0 sha256sum`],
        operation: search(tree, { sha2: [needle] }),
      }),
    )
    rmSync(tree, { recursive: true, force: true })
    makeSmallFiles(tree)
    rows.push(
      await comparison.row(`${String(SMALL_FILES)} small`, {
        tool: ['grep', '-rlE', PATTERN, tree],
        operation: search(tree, { contents: [PATTERN] }),
      }),
    )
    table(
      `File module on ${String(FILES)} files, ${((FILES * MEAN_SIZE) / 1e9).toFixed(1)} GB, warm (medians)`,
      rows,
    )
  } finally {
    rmSync(tree, { recursive: true, force: true })
  }
}

const search = (
  tree: string,
  filters: Record<string, readonly string[]>,
): { module: string; parameters: object } => ({
  module: 'file',
  parameters: { searches: { s1: { paths: [tree], ...filters, options: { matchall: true } } } },
})

/** The same tree on every machine: text-like and binary files of skewed sizes, a few keys and keyrings among them. */
function makeTree(root: string): void {
  let state = 42
  const random = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return state / 2 ** 32
  }
  const text = Buffer.from(
    Array.from({ length: 40_000 }, () => `${Math.floor(random() * 1e9).toString(36)} line\n`).join(
      '',
    ),
  )
  const binary = Buffer.from(Array.from({ length: text.length }, () => Math.floor(random() * 256)))
  for (let index = 0; index < FILES; index += 1) {
    const directory = join(
      root,
      `d${String(Math.floor(index / FILES_A_DIRECTORY) % 20)}`,
      `e${String(Math.floor(index / FILES_A_DIRECTORY))}`,
    )
    if (index % FILES_A_DIRECTORY === 0) mkdirSync(directory, { recursive: true })
    const size = Math.floor(MEAN_SIZE * 2 * random() ** 2 * 1.5)
    const source = index % 3 === 0 ? binary : text
    const offset = Math.floor(random() * (source.length - size))
    const body = source.subarray(Math.max(0, offset), Math.max(0, offset) + size)
    const isKey = index % 6000 === 17
    const name = index % 1000 === 3 ? `keyring-${String(index)}` : `file-${String(index)}.dat`
    writeFileSync(
      join(directory, name),
      isKey ? Buffer.concat([body, Buffer.from('\n-----BEGIN EC PRIVATE KEY-----\n')]) : body,
    )
  }
}

/** Two kilobytes of text each, a key in one of a thousand. */
function makeSmallFiles(root: string): void {
  const text = Buffer.from(
    Array.from({ length: 200 }, (_, line) => `${String(line * 7919)} line\n`).join(''),
  )
  const key = Buffer.from('-----BEGIN OPENSSH PRIVATE KEY-----\n')
  for (let index = 0; index < SMALL_FILES; index += 1) {
    const directory = join(root, `d${String(Math.floor(index / FILES_A_DIRECTORY))}`)
    if (index % FILES_A_DIRECTORY === 0) mkdirSync(directory, { recursive: true })
    const body = index % 1000 === 7 ? Buffer.concat([text, key]) : text
    writeFileSync(join(directory, `file-${String(index)}.txt`), body)
  }
}
