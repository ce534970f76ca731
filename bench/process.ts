/** The process module against ps, as ratios in one run. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { COLUMNS, openComparison } from './compare.ts'
import { table } from './stats.ts'

/** Beside those that run anyway. */
const CHILDREN = 300

export async function benchProcess(): Promise<void> {
  await using comparison = await openComparison()
  const children = Array.from({ length: CHILDREN }, () =>
    spawn('sleep', ['600'], { stdio: 'ignore' }),
  )
  try {
    await Promise.all(children.map((child) => once(child, 'spawn')))
    const search = (fields: object): { module: string; parameters: object } => ({
      module: 'process',
      parameters: { searches: { s1: { ...fields, options: { matchall: true } } } },
    })
    table(`Process module beside ${String(CHILDREN)} children (median)`, [
      COLUMNS,
      await comparison.row('all', { tool: ['ps', 'aux'], operation: search({}) }),
      await comparison.row('command line', {
        tool: ['ps', 'aux'],
        operation: search({ cmdlines: ['^sleep 601'] }),
      }),
    ])
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
}
