/** From an operation handed to the runner to its result, with a child that waits; and ten operations against the slowest of them. */
import { openComparison } from './compare.ts'
import { median, ms, percentile, table } from './stats.ts'

const RUNS = 30
const QUICK = {
  example: { gethostname: true },
  file: { searches: { s1: { paths: ['/etc'], names: ['^passwd$'], options: { maxdepth: 1 } } } },
}

export async function benchRunner(): Promise<void> {
  await using comparison = await openComparison()
  const rows = [['operation', 'p50', 'p95']]
  for (const [module, parameters] of Object.entries(QUICK)) {
    const samples: number[] = []
    for (let run = 0; run < RUNS; run += 1)
      samples.push(1000 * (await comparison.run({ module, parameters })).seconds)
    rows.push([module, ms(median(samples)), ms(percentile(samples, 0.95))])
  }
  table('One operation, from the runner taking it to its result, with a child that waits', rows)
}
