/** The netstat module against ss on sockets made for it, and its CIDR checks against Node's own, as ratios in one run. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { BlockList } from 'node:net'
import { contains, parseAddress, parseNetwork } from '../agent-modules/support/ip-address.ts'
import { COLUMNS, openComparison } from './compare.ts'
import { table } from './stats.ts'

/** Each has two ends on this machine. */
const CONNECTIONS = 1500
const QUESTIONS = {
  'all connections and their processes': { connectedip: ['127.0.0.0/8'] },
  'who listens on a port': { listeningport: ['22'] },
}
/** The fastest counts: what else runs on a machine only adds, to few milliseconds much. */
const RUNS = 25
const CHECKS = 100_000

const HOLDER = `
import { connect, createServer } from 'node:net'
const held = []
const server = createServer((end) => held.push(end)).listen(0, '127.0.0.1', async () => {
  for (let count = 0; count < ${String(CONNECTIONS)}; count += 1)
    await new Promise((done) => held.push(connect(server.address().port, '127.0.0.1', done)))
  console.log('ready')
})`

export async function benchNetstat(): Promise<void> {
  const holder = spawn(process.execPath, ['--input-type=module', '-e', HOLDER], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    await once(holder.stdout, 'data')
    await using comparison = await openComparison()
    const tool = ['ss', '-tunap']
    const rows = [COLUMNS]
    for (const [question, parameters] of Object.entries(QUESTIONS))
      rows.push(
        await comparison.row(question, { tool, operation: { module: 'netstat', parameters } }),
      )
    table(`Netstat module on ${String(2 * CONNECTIONS)} sockets (medians)`, rows)
  } finally {
    holder.kill()
  }
  table(`Is an address in a network, ${String(CHECKS)} times`, [
    ['family', 'net.BlockList ms', 'own ms', 'ratio'],
    compareChecks(
      'IPv4',
      '10.64.0.0/10',
      (index) => `10.${String(index & 255)}.${String((index >> 8) & 255)}.1`,
    ),
    compareChecks(
      'IPv6',
      '2001:db8:40::/42',
      (index) => `2001:db8:${(index & 0xffff).toString(16)}::1`,
    ),
  ])
}

function ratio(theirMs: number, ourMs: number): string[] {
  return [theirMs.toFixed(1), ourMs.toFixed(1), `${(ourMs / theirMs).toFixed(2)}x`]
}

function compareChecks(family: string, cidr: string, write: (index: number) => string): string[] {
  const [base = '', prefix] = cidr.split('/')
  const type = family === 'IPv4' ? 'ipv4' : 'ipv6'
  const texts = Array.from({ length: CHECKS }, (_, index) => write(index))
  const list = new BlockList()
  list.addSubnet(base, Number(prefix), type)
  const network = parseNetwork(cidr)
  if (network === undefined) throw new Error(cidr)
  const addresses = texts.map((text) => parseAddress(text) ?? new Uint8Array())
  const theirs = time(() => texts.filter((text) => list.check(text, type)).length)
  const ours = time(() => addresses.filter((address) => contains(network, address)).length)
  if (theirs.result !== ours.result) throw new Error(`${cidr}: they differ`)
  return [family, ...ratio(theirs.ms, ours.ms)]
}

function time(task: () => number): { readonly result: number; readonly ms: number } {
  const times = Array.from({ length: RUNS }, () => {
    const began = performance.now()
    const result = task()
    return { result, ms: performance.now() - began }
  })
  return { result: times[0]?.result ?? 0, ms: Math.min(...times.map(({ ms }) => ms)) }
}
