/** The yara module against the program yara, by 300 rules over files made for it, as ratios in one run. */
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeRules, writeTree } from '../test/modules/yara-corpus.ts'
import { median, table } from './stats.ts'

const RUNS = 5
const RULES = 300
/** 10,000 files of 4 kB in the mean, and 20 files of 12 MB in the mean. */
const TREES = {
  'many small': { files: 10_000, largest: 16_000, baitEvery: 20, seed: 1 },
  'few large': { files: 20, largest: 50_000_000, baitEvery: 2, seed: 2 },
} as const

export async function benchYara(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mig-yara-'))
  try {
    const rules = makeRules(RULES, 7)
    const source = rules.map((rule) => rule.source).join('\n')
    writeFileSync(join(folder, 'rules.yar'), source)
    const rows = [['files', 'MB', 'yara s', 'module s', 'ratio', 'matched']]
    for (const [name, init] of Object.entries(TREES)) {
      const tree = join(folder, name)
      writeTree(tree, rules, init)
      rows.push([name, ...compare(tree, join(folder, 'rules.yar'), source)])
    }
    table(`yara module, ${String(RULES)} rules, warm (median of ${String(RUNS)})`, rows)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function compare(tree: string, rulesFile: string, source: string): string[] {
  const operation = JSON.stringify({
    module: 'yara',
    parameters: { yara: source, files: { paths: [tree] } },
  })
  const theirs: number[] = []
  const ours: number[] = []
  let statistics = runModule(operation)
  // In turns, so that a noisy moment hits both; the first of each warms the cache.
  for (let run = 0; run <= RUNS; run += 1) {
    const their = timeProgram(rulesFile, tree)
    statistics = runModule(operation)
    if (run === 0) continue
    theirs.push(their)
    ours.push(secondsOf(statistics.exectime))
  }
  const [their, our] = [median(theirs), median(ours)]
  const megabytes = (statistics.bytesread / 1e6).toFixed(0)
  return [
    megabytes,
    their.toFixed(2),
    our.toFixed(2),
    `${(our / their).toFixed(2)}x`,
    String(statistics.totalhits),
  ]
}

function timeProgram(rulesFile: string, tree: string): number {
  const began = performance.now()
  const { status } = spawnSync('yara', ['-r', rulesFile, tree], { maxBuffer: 1e9 })
  if (status !== 0) throw new Error('the program yara is missing or failed: apt-get install yara')
  return (performance.now() - began) / 1000
}

interface Counted {
  readonly exectime: string
  readonly bytesread: number
  readonly totalhits: number
}

function runModule(operation: string): Counted {
  const script = fileURLToPath(new URL('run-once.ts', import.meta.url))
  const { stdout, stderr } = spawnSync(process.execPath, [script, operation], {
    encoding: 'utf8',
    maxBuffer: 1e9,
  })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout) as Counted
}

/** Go's duration text in seconds. */
function secondsOf(text: string): number {
  const units: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 1e-3, µs: 1e-6 }
  return [...text.matchAll(/([\d.]+)(h|ms|m|s|µs)/g)].reduce(
    (sum, [, value = '0', unit = 's']) => sum + Number(value) * (units[unit] ?? 0),
    0,
  )
}
