/** The log module against grep on one large log, as ratios in one run. */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { COLUMNS, openComparison } from './compare.ts'
import { table } from './stats.ts'

const SIZE = 200_000_000
/** One with a text to look for, one without, and one that many lines match. */
const REGEXES = [
  ['literal', 'Failed password for (root|admin) from'],
  ['no literal', '[a-z]{5} [a-z]{8} [a-z]{3} [a-z]{4} [a-z]{4}'],
  ['one line in eight', 'sshd\\[[0-9]+\\]: Accepted'],
] as const

export async function benchLog(): Promise<void> {
  await using comparison = await openComparison()
  const folder = await mkdtemp(join(tmpdir(), 'mig-log-'))
  const file = join(folder, 'syslog')
  try {
    makeLog(file)
    const rows = [COLUMNS]
    for (const [name, regex] of REGEXES)
      rows.push(
        await comparison.row(name, {
          tool: ['grep', '-cE', regex, file],
          operation: {
            module: 'log',
            parameters: { paths: [file], format: 'syslog', regexes: [regex] },
          },
        }),
      )
    table(`Log module on ${String(SIZE / 1e6)} MB of syslog, warm (medians)`, rows)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The same log on every machine: one failed login in 10,000 lines. */
function makeLog(file: string): void {
  const lines = Array.from({ length: 10_000 }, (_, at) => {
    const time = `Nov 20 ${String(10 + (at % 10))}:${String(10 + (at % 50))}:${String(10 + (at % 49))}`
    if (at === 5000)
      return `${time} web1 sshd[${String(at)}]: Failed password for root from 192.0.2.7 port 4242 ssh2\n`
    return at % 8 === 0
      ? `${time} web1 sshd[${String(at)}]: Accepted publickey for alice from 192.0.2.9 port 4242 ssh2\n`
      : `${time} web1 systemd[1]: session-${String(at)}.scope: Deactivated successfully, consumed ${String(at * 7)}ms\n`
  })
  const block = Buffer.from(lines.join(''))
  const descriptor = openSync(file, 'w')
  for (let size = 0; size < SIZE; size += block.length) writeSync(descriptor, block)
  closeSync(descriptor)
}
