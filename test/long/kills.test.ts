/**
 * kill -9 of every kind of node at random moments of hunts: nothing stored is lost, nothing is shown twice, nothing runs twice.
 *
 * `MIG_KILLS` (200) and `MIG_SEED` (printed) make a run again. Agents lose their stores at some of the kills as well.
 */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { toUtf8 } from '../../node/core/bytes.ts'
import { parseEnvelope } from '../../node/core/envelope.ts'
import { readLedger } from '../../node/store/ledger.ts'
import { createMeshHomes, type MeshHomes } from '../helpers/mesh-homes.ts'
import { type Line, type Killable, startKillable } from '../helpers/killable.ts'
import { type Seeded, seeded, seedOfRun } from '../helpers/seeded.ts'
import { until } from '../helpers/until.ts'

const KILLS = Number(process.env['MIG_KILLS'] ?? 200)
const LONGEST_PAUSE_MS = 400
/** Of the kills of agents, this part finds the store deleted at the next start. */
const STORE_LOSS = 0.08
/** Of all kills, this part does not wait until the node is up. */
const IN_START = 0.2
const SETTLE_TIMEOUT_MS = 120_000

interface Shown {
  /** Which command in the life of the investigator's process showed it. */
  readonly follower?: number
  readonly action: string
  readonly agent: string
  readonly status: string
  readonly at: number
}

const SCRIPTS: Readonly<Record<string, string>> = {
  'bootstrap-0': 'bootstrap/mig-bootstrap.js',
  'agent-0': 'node/mig-agent.js',
  'agent-1': 'test/helpers/counting-agent.ts',
  investigator: 'test/helpers/investigator-process.ts',
}
const NAMES = Object.keys(SCRIPTS)
const AGENTS = NAMES.filter((name) => name.startsWith('agent'))

describe('kill -9', () => {
  it(`at ${String(KILLS)} random moments loses nothing, shows nothing twice, runs nothing twice`, async () => {
    const random = seeded(seedOfRun())
    await using homes = await createMeshHomes({ agents: AGENTS.length })
    await using world = openWorld(homes)
    await world.allReady()
    const lost = await timed('kills', () => killAtRandom(world, homes, random))
    await timed('settling', () => settle(world))
    await checkInvestigator(world, lost)
    for (const name of AGENTS) await checkAgent(world, homes, name)
    await world.stop()
    const runs = (await readFile(join(homes.home('agent-1'), 'runs'), 'utf8')).trim().split('\n')
    expect(runs.length).toBeGreaterThan(0)
    expect(new Set(runs).size).toBe(runs.length)
  })
})

async function timed<T>(what: string, task: () => Promise<T>): Promise<T> {
  const began = performance.now()
  const result = await task()
  console.log(`${what}: ${String(Math.round((performance.now() - began) / 1000))} s`)
  return result
}

interface World extends AsyncDisposable {
  /** Every envelope launched, with its id. */
  readonly launched: Map<string, string>
  /** What each life of the investigator's process showed. */
  readonly lives: Shown[][]
  readonly reports: { readonly answers: readonly Shown[]; readonly conflicts: readonly string[] }[]
  process(name: string): Killable
  restart(name: string): Promise<void>
  allReady(): Promise<void>
  launch(envelope: string): void
  /** Asks the investigator's node for everything it has. */
  report(): Promise<World['reports'][number]>
  stop(): Promise<void>
}

function openWorld(homes: MeshHomes): World {
  const lives: Shown[][] = []
  const reports: World['reports'] = []
  const launched = new Map<string, string>()
  const hear = (line: Line): void => {
    if (line['event'] === 'shown') lives.at(-1)?.push(line as unknown as Shown)
    if (line['event'] === 'report') reports.push(line as unknown as World['reports'][number])
  }
  const start = (name: string): Killable => {
    if (name === 'investigator') lives.push([])
    const flag = SCRIPTS[name]!.endsWith('.ts') ? [] : ['--home']
    return startKillable({ name, args: [SCRIPTS[name]!, ...flag, homes.home(name)], onLine: hear })
  }
  const processes = new Map(NAMES.map((name) => [name, start(name)]))
  const world: World = {
    launched,
    lives,
    reports,
    process: (name) => processes.get(name)!,
    async restart(name) {
      await world.process(name).kill()
      processes.set(name, start(name))
    },
    async allReady() {
      await Promise.all([...processes.values()].map((each) => each.ready()))
    },
    launch(envelope) {
      launched.set(parseEnvelope(toUtf8(envelope)).documentId, envelope)
      world.process('investigator').send({ launch: envelope })
    },
    async report() {
      const before = reports.length
      world.process('investigator').send({ report: true })
      await until(() => reports.length > before)
      return reports.at(-1)!
    },
    async stop() {
      await Promise.all([...processes.values()].map((each) => each.stop()))
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...processes.values()].map((each) => each.kill()))
    },
  }
  return world
}

/** Kills, each at a random moment of a hunt; returns how many stores were deleted. */
async function killAtRandom(world: World, homes: MeshHomes, random: Seeded): Promise<number> {
  let stores = 0
  for (let kill = 0; kill < KILLS; kill += 1) {
    const name = random.pick(NAMES)
    if (random.fraction() >= IN_START) await world.process(name).ready()
    const names = [`^hunt-${String(kill)}$`]
    const search = { paths: ['/etc/hostname'], names }
    const operations = [{ module: 'file', parameters: { searches: { s1: search } } }]
    world.launch(await homes.sign({ name: names[0], operations }, ['alice']))
    await sleep(random.integer(LONGEST_PAUSE_MS))
    const losesStore = AGENTS.includes(name) && random.fraction() < STORE_LOSS
    await world.process(name).kill()
    if (losesStore) {
      stores += 1
      await rm(join(homes.home(name), 'store'), { recursive: true, force: true })
    }
    await world.restart(name)
  }
  return stores
}

/** Launches everything again, as a person would who saw the command die, and waits until every agent's answer is there. */
async function settle(world: World): Promise<void> {
  await world.allReady()
  for (const envelope of world.launched.values()) world.launch(envelope)
  const wanted = world.launched.size * AGENTS.length
  const timeout = AbortSignal.timeout(SETTLE_TIMEOUT_MS)
  await until(async () => finalsOf((await world.report()).answers).length >= wanted, timeout)
}

const finalsOf = (answers: readonly Shown[]): readonly Shown[] =>
  answers.filter(({ status }) => status !== 'started')

const keyOf = ({ action, agent }: Shown): string => `${action} ${agent}`

async function checkInvestigator(world: World, storesLost: number): Promise<void> {
  const { answers, conflicts } = await world.report()
  const finals = new Map(finalsOf(answers).map((each) => [keyOf(each), each]))
  expect(finalsOf(answers)).toHaveLength(finals.size)
  for (const shown of world.lives.map(finalsOf)) {
    const shownBy = shown.map((each) => `${String(each.follower)} ${keyOf(each)}`)
    expect(new Set(shownBy).size).toBe(shownBy.length)
    for (const each of shown) expect(finals.get(keyOf(each))).toMatchObject({ at: each.at })
  }
  expect(conflicts).toEqual([])
  const counts = Object.groupBy(finals.values(), ({ status }) => status)
  const summary = Object.entries(counts).map(([status, all]) => `${status} ${String(all?.length)}`)
  console.log(
    `${String(world.launched.size)} hunts, ${String(KILLS)} kills, ${String(storesLost)} stores deleted: ${summary.join(', ')}`,
  )
  expect(counts['success']?.length).toBeGreaterThan(world.launched.size)
}

interface LedgerLine {
  readonly event: string
  readonly action: string
  readonly status?: string
}

async function checkAgent(world: World, homes: MeshHomes, name: string): Promise<void> {
  const ledger = await Array.fromAsync(readLedger(join(homes.home(name), 'ledger')))
  expect(ledger.every(({ isChained }) => isChained)).toBe(true)
  const lines = ledger.map(({ text }) => JSON.parse(text) as LedgerLine)
  const ran = lines.filter(({ event, status }) => event === 'ran' && status !== 'interrupted')
  expect(new Set(ran.map(({ action }) => action)).size).toBe(ran.length)
  const journal = await readFile(join(homes.home(name), 'journal'), 'utf8')
  const ids = journal.trimEnd().split('\n').slice(1)
  expect(new Set(ids).size).toBe(ids.length)
  const { answers } = await world.report()
  const agent = homes.peers.get(name)
  const stored = new Set(
    finalsOf(answers)
      .filter((each) => each.agent === agent)
      .map(keyOf),
  )
  const delivered = lines.filter(({ event }) => event === 'delivered')
  for (const { action } of delivered) expect(stored).toContain(`${action} ${String(agent)}`)
}
