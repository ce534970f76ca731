/** From an operation handed to the runner to its result, with a child that waits; and ten operations against the slowest of them. */
import { openComparison, type Asked } from './compare.ts'
import { median, ms, percentile, table } from './stats.ts'

const RUNS = 30
const QUICK = {
  example: { gethostname: true },
  file: { searches: { s1: { paths: ['/etc'], names: ['^passwd$'], options: { maxdepth: 1 } } } },
}
const SEARCH = { contents: ['BEGIN (RSA|EC|OPENSSH) PRIVATE KEY'], options: { matchall: true } }
/** What is asked of a host after an alarm: the first takes longer than all others. */
const TRIAGE: readonly Asked[] = [
  { module: 'file', parameters: { searches: { s1: { paths: ['/usr'], ...SEARCH } } } },
  { module: 'process', parameters: { searches: { s1: { deleted: true, options: {} } } } },
  { module: 'netstat', parameters: { listeningport: ['22'] } },
  { module: 'pkg', parameters: { pkgmatch: { matches: ['^openssl'] } } },
  { module: 'nic', parameters: {} },
  { module: 'sshkey', parameters: {} },
  { module: 'example', parameters: { gethostname: true } },
  { module: 'file', parameters: QUICK.file },
  { module: 'process', parameters: { searches: { s1: { names: ['^xmrig$'], options: {} } } } },
  { module: 'netstat', parameters: { connectedip: ['192.0.2.0/24'] } },
]
const TRIAGE_RUNS = 5

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
  const slowest = []
  const together = []
  for (let run = 0; run <= TRIAGE_RUNS; run += 1) {
    const alone = await comparison.runTogether(TRIAGE.slice(0, 1))
    const all = await comparison.runTogether(TRIAGE)
    // The first warms the disk's cache.
    if (run === 0) continue
    slowest.push(alone)
    together.push(all)
  }
  const [one, ten] = [median(slowest), median(together)]
  table(`${String(TRIAGE.length)} operations against the slowest of them alone`, [
    ['slowest s', 'all s', 'ratio'],
    [one.toFixed(2), ten.toFixed(2), `${(ten / one).toFixed(2)}x`],
  ])
}
