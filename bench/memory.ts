/** The memory module against yara on one process, as ratios in one run. */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { COLUMNS, openComparison } from './compare.ts'
import { table } from './stats.ts'

const HEAP_MB = 300
const NAME = 'mig-bench-heap'
/** Holds text-like strings, and the needle once: sent in two pieces, and put together there. */
const HOLDER = `
import random, sys
with open('/proc/self/comm', 'w') as comm: comm.write('${NAME}')
random.seed(42)
rows, size = [], 0
while size < ${String(HEAP_MB)} * 1000000:
    row = 'id=%d path=/srv/%x/%x score=%f' % (random.getrandbits(40), random.getrandbits(64), random.getrandbits(32), random.random())
    rows.append(row)
    size += sys.getsizeof(row) + 8
first, second = sys.stdin.readline().split()
rows.append('needle-' + first + second)
print('ready', flush=True)
sys.stdin.readline()
`

/** A search as the module and as yara write it. */
interface Question {
  readonly name: string
  readonly filter: Readonly<Record<string, readonly string[]>>
  readonly yara: string
}

export async function benchMemory(): Promise<void> {
  const needle = randomBytes(8).toString('hex')
  const child = spawn('python3', ['-c', HOLDER], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    child.stdin.write(`${needle.slice(0, 6)} ${needle.slice(6)}\n`)
    await once(child.stdout, 'data')
    await compareAll(child, needle)
  } finally {
    child.kill('SIGKILL')
  }
}

async function compareAll(child: ChildProcess, needle: string): Promise<void> {
  await using comparison = await openComparison()
  const text = `needle-${needle}`
  const hex = Buffer.from(text).toString('hex')
  const questions: readonly Question[] = [
    { name: 'text', filter: { contents: [text] }, yara: `"${text}"` },
    { name: 'byte string', filter: { bytes: [hex] }, yara: `{ ${hex} }` },
    {
      name: 'regex with a text',
      filter: { contents: ['needle-[0-9a-f]{16}'] },
      yara: '/needle-[0-9a-f]{16}/',
    },
    {
      name: 'regex without',
      filter: { contents: ['[a-z]{6}-[0-9a-f]{16}'] },
      yara: '/[a-z]{6}-[0-9a-f]{16}/',
    },
  ]
  const folder = mkdtempSync(join(tmpdir(), 'mig-yara-'))
  try {
    const rows = [COLUMNS]
    for (const { name, filter, yara } of questions) {
      const rules = join(folder, `${name}.yar`)
      writeFileSync(rules, `rule r { strings: $a = ${yara} condition: $a }\n`)
      const search = { names: [`^${NAME}$`], ...filter, options: { matchall: true } }
      rows.push(
        await comparison.row(name, {
          tool: ['yara', rules, String(child.pid)],
          operation: { module: 'memory', parameters: { searches: { s1: search } } },
        }),
      )
    }
    table(`Memory module on a heap of ${String(HEAP_MB)} MB (median)`, rows)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
