/** `mig agents`: who is in the mesh, by what they last told. */
import { toInstant } from '../../node/core/time.ts'
import type { AgentSight } from '../../node/core/investigator-api.ts'
import { openHome } from '../../node/host/home.ts'
import { systemClock } from '../../node/host/system.ts'
import type { Run } from '../cli.ts'
import { formatDuration } from '../duration.ts'
import { EXIT } from '../exit.ts'
import { shortPeer } from '../follow.ts'
import { plural } from '../render/summary.ts'
import { table } from '../render/table.ts'
import { openSession } from '../session.ts'
import { checkTarget, expandTarget } from '../target.ts'

const HEADER = ['NAME', 'PEER', 'SEEN', 'SYSTEM', 'TAGS']

export const agents: Run = async ({ flags }, cli) => {
  const home = await openHome(cli.home)
  const typed = flags.text('t')
  const target = typed === undefined ? undefined : expandTarget(typed, home.config.macros)
  if (target !== undefined) await checkTarget(target)
  await using session = await openSession(home, cli)
  await session.ready()
  const sights = (await session.api.agents(target)).toSorted((a, b) =>
    a.record.name < b.record.name ? -1 : 1,
  )
  if (cli.isJson) {
    for (const { peer, seenAtMs, record } of sights)
      cli.json('agent', { peer, seen: toInstant(seenAtMs), ...record })
  } else if (sights.length > 0) {
    for (const line of table(HEADER, sights.map(rowOf))) cli.out(line)
  }
  cli.say(`${plural(sights.length, 'agent')}${target === undefined ? '' : ' meant'}`)
  return sights.length === 0 ? EXIT.nobody : EXIT.ok
}

function rowOf({ peer, seenAtMs, record }: AgentSight): readonly string[] {
  const { os, arch } = record.environment
  const tags = Object.entries(record.tags).map(([key, value]) => `${key}=${value}`)
  const age = formatDuration(systemClock.now() - seenAtMs)
  return [record.name, shortPeer(peer), `${age} ago`, `${word(os)}/${word(arch)}`, tags.join(' ')]
}

const word = (value: unknown): string => (typeof value === 'string' ? value : '?')
