/** How fast an action reaches everybody: 20 agent processes, measured by their own ledgers on one clock. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openLab, type Lab } from './lab.ts'
import { median, ms, percentile, table } from './stats.ts'

const HUNTS = 10

export async function benchPropagation(size: number): Promise<void> {
  await using lab = await openLab(size)
  const home = ['--home', lab.home('investigator')]
  await lab.start([`${lab.product}/cli/mig.js`, ...home, 'up'])
  for (let warm = 0; warm < 3; warm += 1) await hunt(lab, home)
  for (let run = 0; run < HUNTS; run += 1) await hunt(lab, home)
  const { stdout } = await lab.mig([...home, 'results', '--json'])
  const launched = new Map(stdout.split('\n').flatMap(launchOf).slice(0, HUNTS))
  const delays: number[][] = [...launched].map(() => [])
  for (let index = 1; index <= size; index += 1) {
    const ledger = await readFile(join(lab.home(`agent-${String(index)}`), 'ledger'), 'utf8')
    for (const { action, atMs } of ledger.split('\n').flatMap(acceptedIn)) {
      const began = launched.get(action)
      const at = [...launched.keys()].indexOf(action)
      if (began !== undefined) delays[at]?.push(atMs - began)
    }
  }
  const all = delays.flat()
  table(`Launch to accepted on disk, ${String(size)} agent processes, ${String(HUNTS)} actions`, [
    ['p50', 'p99', 'last one (median run)', 'reached'],
    [
      ms(median(all)),
      ms(percentile(all, 0.99)),
      ms(median(delays.map((each) => Math.max(...each)))),
      `${String(all.length)} of ${String(size * HUNTS)}`,
    ],
  ])
}

const hunt = (lab: Lab, home: readonly string[]): Promise<unknown> =>
  lab.mig([...home, 'file', '-t', 'all', '-path', '/etc', '-name', '^passwd$', '-maxdepth', '1'])

function launchOf(line: string): [string, number][] {
  if (line === '') return []
  const { action, launched } = JSON.parse(line) as { action?: string; launched?: string }
  return action === undefined || launched === undefined ? [] : [[action, Date.parse(launched)]]
}

function acceptedIn(line: string): { action: string; atMs: number }[] {
  if (line === '') return []
  const { event, action, time } = JSON.parse(line) as {
    event: string
    action?: string
    time: string
  }
  return event === 'accepted' && action !== undefined ? [{ action, atMs: Date.parse(time) }] : []
}
