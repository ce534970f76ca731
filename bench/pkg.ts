/** The pkg module against dpkg-query on this host's own packages, as ratios in one run. */
import { spawnSync } from 'node:child_process'
import { COLUMNS, openComparison } from './compare.ts'
import { table } from './stats.ts'

/** What to ask, and what dpkg-query lists for it: it has no patterns but globs. */
const QUESTIONS = [
  { title: 'every package', name: '.', globs: [] },
  { title: 'those of a name', name: '^libssl', globs: ['libssl*'] },
] as const

export async function benchPkg(): Promise<void> {
  if (spawnSync('dpkg-query', ['--version']).status !== 0) {
    process.stdout.write('\nPkg module: skipped, there is no dpkg-query here\n')
    return
  }
  await using comparison = await openComparison()
  const rows = [COLUMNS]
  for (const { title, name, globs } of QUESTIONS)
    rows.push(
      await comparison.row(title, {
        tool: ['dpkg-query', '-W', ...globs],
        operation: { module: 'pkg', parameters: { pkgmatch: { matches: [name] } } },
      }),
    )
  table("Pkg module on this host's packages, warm (medians)", rows)
}
