/** The yara module against the program yara, by 300 rules over files made for it, as ratios in one run. */
import { rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeRules, writeTree } from '../test/modules/yara-corpus.ts'
import { COLUMNS, openComparison } from './compare.ts'
import { table } from './stats.ts'

const RULES = 300
/** 10,000 files of 4 kB in the mean, and 20 files of 12 MB in the mean. */
const TREES = {
  'many small': { files: 10_000, largest: 16_000, baitEvery: 20, seed: 1 },
  'few large': { files: 20, largest: 50_000_000, baitEvery: 2, seed: 2 },
} as const

export async function benchYara(): Promise<void> {
  await using comparison = await openComparison()
  const folder = await mkdtemp(join(tmpdir(), 'mig-yara-'))
  try {
    const rules = makeRules(RULES, 7)
    const source = rules.map((rule) => rule.source).join('\n')
    writeFileSync(join(folder, 'rules.yar'), source)
    const rows = [COLUMNS]
    for (const [name, init] of Object.entries(TREES)) {
      const tree = join(folder, name)
      writeTree(tree, rules, init)
      rows.push(
        await comparison.row(name, {
          tool: ['yara', '-r', join(folder, 'rules.yar'), tree],
          operation: { module: 'yara', parameters: { yara: source, files: { paths: [tree] } } },
        }),
      )
    }
    table(`yara module, ${String(RULES)} rules, warm (medians)`, rows)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
