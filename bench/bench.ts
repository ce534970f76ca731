/** `npm run bench`: what README's figures come from. Name parts to run only those: `npm run bench -- file idle`. */
import { cpus } from 'node:os'
import { benchFile } from './file.ts'
import { benchIdle } from './idle.ts'
import { benchLatency } from './latency.ts'
import { benchLog } from './log.ts'
import { benchMemory } from './memory.ts'
import { benchNetstat } from './netstat.ts'
import { benchPkg } from './pkg.ts'
import { benchProcess } from './process.ts'
import { benchPropagation } from './propagation.ts'
import { benchResults } from './results.ts'
import { benchRunner } from './runner.ts'
import { benchYara } from './yara.ts'

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  latency: () => benchLatency([1, 5, 20, 50]),
  small: () => benchLatency([5]),
  propagation: () => benchPropagation(20),
  results: benchResults,
  idle: benchIdle,
  file: benchFile,
  runner: benchRunner,
  log: benchLog,
  memory: benchMemory,
  netstat: benchNetstat,
  pkg: benchPkg,
  process: benchProcess,
  yara: benchYara,
}
const MODULES = ['log', 'memory', 'netstat', 'pkg', 'process', 'yara']
const EVERYTHING = ['latency', 'propagation', 'results', 'idle', 'file', 'runner', ...MODULES]

const [cpu] = cpus()
process.stdout.write(
  `${String(cpus().length)} x ${cpu?.model ?? 'unknown'}, Node ${process.version}\n`,
)
const asked = process.argv.slice(2)
for (const name of asked.length === 0 ? EVERYTHING : asked) {
  const part = PARTS[name]
  if (part === undefined)
    throw new Error(`no part ${name}; there are: ${Object.keys(PARTS).join(', ')}`)
  await part()
}
