/** The file module against find, sha256sum and grep on a tree made for it, as ratios in one run. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { median, table } from './stats.ts'

const FILES = 60_000
const FILES_A_DIRECTORY = 200
const SMALL_FILES = 200_000
const MEAN_SIZE = 25_000
const RUNS = 5
const PATTERN = 'BEGIN (RSA|DSA|EC|OPENSSH) PRIVATE KEY'

interface Measured {
  /** Seconds: the whole process, and the module's own `exectime`. */
  readonly wall: number
  readonly own: number
}

export async function benchFile(): Promise<void> {
  const tree = await mkdtemp(join(tmpdir(), 'mig-tree-'))
  try {
    makeTree(tree)
    const needle = createHash('sha256').update('absent').digest('hex')
    const rows = [['search', 'tool', 'tool s', 'module s', 'ratio', 'with start-up s', 'ratio']]
    rows.push(
      compare(
        'names',
        ['find', tree, '-type', 'f', '-name', '*keyring*'],
        search(tree, { names: ['keyring'] }),
      ),
    )
    rows.push(
      compare('content', ['grep', '-rlE', PATTERN, tree], search(tree, { contents: [PATTERN] })),
    )
    rows.push(
      compare(
        'sha256',
        ['sh', '-c', `find ${tree} -type f -print0 | xargs -0 sha256sum`],
        search(tree, { sha2: [needle] }),
      ),
    )
    rmSync(tree, { recursive: true, force: true })
    makeSmallFiles(tree)
    rows.push(
      compare(
        `${String(SMALL_FILES)} small`,
        ['grep', '-rlE', PATTERN, tree],
        search(tree, { contents: [PATTERN] }),
      ),
    )
    table(
      `File module on ${String(FILES)} files, ${((FILES * MEAN_SIZE) / 1e9).toFixed(1)} GB, warm (median of ${String(RUNS)})`,
      rows,
    )
  } finally {
    rmSync(tree, { recursive: true, force: true })
  }
}

function compare(name: string, tool: readonly string[], parameters: string): string[] {
  const theirs: number[] = []
  const ours: Measured[] = []
  // In turns, so that a noisy moment hits both.
  for (let run = 0; run <= RUNS; run += 1) {
    const their = timeTool(tool)
    const our = timeModule(parameters)
    if (run === 0) continue
    theirs.push(their)
    ours.push(our)
  }
  const theirS = median(theirs)
  const own = median(ours.map((each) => each.own))
  const wall = median(ours.map((each) => each.wall))
  const two = (value: number): string => value.toFixed(2)
  return [
    name,
    tool[0] === 'sh' ? 'sha256sum' : (tool[0] ?? ''),
    two(theirS),
    two(own),
    `${two(own / theirS)}x`,
    two(wall),
    `${two(wall / theirS)}x`,
  ]
}

const search = (tree: string, filters: Record<string, readonly string[]>): string =>
  JSON.stringify({
    module: 'file',
    parameters: { searches: { s1: { paths: [tree], ...filters, options: { matchall: true } } } },
  })

function timeTool([program = '', ...args]: readonly string[]): number {
  const began = performance.now()
  spawnSync(program, args, { maxBuffer: 1e9, env: { ...process.env, LC_ALL: 'C' } })
  return (performance.now() - began) / 1000
}

function timeModule(operation: string): Measured {
  const began = performance.now()
  const script = fileURLToPath(new URL('run-once.ts', import.meta.url))
  const { stdout, stderr } = spawnSync(process.execPath, [script, operation], {
    encoding: 'utf8',
    maxBuffer: 1e9,
  })
  if (stdout === '') throw new Error(stderr)
  const { exectime } = JSON.parse(stdout) as { exectime: string }
  return { wall: (performance.now() - began) / 1000, own: secondsOf(exectime) }
}

/** Go's duration text in seconds. */
function secondsOf(text: string): number {
  const units: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 1e-3, µs: 1e-6 }
  return [...text.matchAll(/([\d.]+)(h|ms|m|s|µs)/g)].reduce(
    (sum, [, value = '0', unit = 's']) => sum + Number(value) * (units[unit] ?? 0),
    0,
  )
}

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
