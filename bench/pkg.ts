/** The pkg module against dpkg-query on this host's own packages, as ratios in one run. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { median, table } from './stats.ts'

const RUNS = 15
/** What to ask, and what dpkg-query lists for it: it has no patterns but globs. */
const QUESTIONS = [
  { title: 'every package', name: '.', globs: [] },
  { title: 'those of a name', name: '^libssl', globs: ['libssl*'] },
] as const

export function benchPkg(): Promise<void> {
  if (spawnSync('dpkg-query', ['--version']).status !== 0) {
    process.stdout.write('\nPkg module: skipped, there is no dpkg-query here\n')
    return Promise.resolve()
  }
  const rows = [['question', 'packages', 'dpkg-query ms', 'module ms', 'ratio']]
  let packages = 0
  for (const { title, name, globs } of QUESTIONS) {
    const theirs: number[] = []
    const ours: number[] = []
    // In turns, so that a noisy moment hits both; the first is to warm the disk's cache.
    for (let run = 0; run <= RUNS; run += 1) {
      const their = timeTool(globs)
      const { ownMs, examined } = timeModule(name)
      packages = examined
      if (run === 0) continue
      theirs.push(their)
      ours.push(ownMs)
    }
    const ratio = median(ours) / median(theirs)
    rows.push([
      title,
      String(packages),
      median(theirs).toFixed(1),
      median(ours).toFixed(1),
      `${ratio.toFixed(2)}x`,
    ])
  }
  table(`Pkg module beside dpkg-query -W, warm (median of ${String(RUNS)})`, rows)
  return Promise.resolve()
}

function timeTool(globs: readonly string[]): number {
  const began = performance.now()
  spawnSync('dpkg-query', ['-W', ...globs], { maxBuffer: 1e9 })
  return performance.now() - began
}

function timeModule(name: string): { ownMs: number; examined: number } {
  const operation = { module: 'pkg', parameters: { pkgmatch: { matches: [name] } } }
  const script = fileURLToPath(new URL('run-once.ts', import.meta.url))
  const { stdout, stderr } = spawnSync(process.execPath, [script, JSON.stringify(operation)], {
    encoding: 'utf8',
  })
  if (stdout === '') throw new Error(stderr)
  const { exectime, examined } = JSON.parse(stdout) as { exectime: string; examined: number }
  // On no machine does this take a second: Go writes it as milliseconds.
  return { ownMs: Number(exectime.replace(/ms$/, '')), examined }
}
