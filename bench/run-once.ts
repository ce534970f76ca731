/** Runs one operation in this process and prints its statistics: what bench/file.ts times. */
import { systemClock } from '../node/host/system.ts'
import { runHere } from '../node/runner/run-here.ts'

const operation = JSON.parse(process.argv[2] ?? '{}') as Parameters<typeof runHere>[0]
const result = await runHere(operation, {
  signal: new AbortController().signal,
  timeoutMs: 600_000,
  clock: systemClock,
})
process.stdout.write(JSON.stringify(result.statistics))
