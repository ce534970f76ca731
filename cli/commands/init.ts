/** `mig init DIR`: a mesh of one's own, ready to start. */
import { readdir } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { isIP } from 'node:net'
import { userInfo } from 'node:os'
import { MODULE_NAMES } from '../../agent-modules/registry.ts'
import { MeshError } from '../../node/core/errors.ts'
import { type Person, person } from '../../node/core/ids.ts'
import { parseWith } from '../../node/core/parse.ts'
import { type Cli, flagInvalid, type Run } from '../cli.ts'
import { EXIT } from '../exit.ts'
import type { Flags } from '../flags.ts'
import { type MeshPlan, makeMesh } from '../make-mesh.ts'

const AGENTS_LIMIT = 1000
/** Below this many listening peers a mesh does not outlive its bootstrap peer. */
const LISTENERS_WANTED = 3

export const init: Run = async ({ flags, args: [dir = ''] }, cli) => {
  const root = resolve(dir)
  const plan = readPlan(flags, root)
  await requireEmpty(root)
  const { people } = await makeMesh(root, plan)
  if (cli.isJson) cli.json('mesh', { path: root, name: plan.name, agents: plan.agents, people })
  say(dir, plan, cli)
  return EXIT.ok
}

function say(dir: string, plan: MeshPlan, cli: Cli): void {
  cli.say(
    `made the mesh ${plan.name} in ${dir}: a bootstrap peer, ${plan.agents} agents, homes of ${plan.people.join(', ')}`,
  )
  if (plan.people.length === 1) {
    cli.say('one person alone may revoke keys here; with a second --person it takes two')
  }
  if (1 + plan.agents < LISTENERS_WANTED) {
    cli.say(
      cli.paint(
        'yellow',
        `fewer than ${LISTENERS_WANTED} listening peers: without the bootstrap peer this mesh falls apart`,
      ),
    )
  }
  cli.say('start it, each in a terminal of its own:')
  cli.say(`  mig-bootstrap --home ${dir}/bootstrap`)
  cli.say(`  mig-agent --home ${dir}/agent-1${plan.agents > 1 ? '   (and so on)' : ''}`)
  cli.say(`then: mig --home ${dir}/investigator agents`)
}

async function requireEmpty(root: string): Promise<void> {
  const entries = await readdir(root).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  })
  if (entries.length === 0) return
  throw new MeshError({
    code: 'HOME_INVALID',
    path: root,
    reason: 'is not empty; nothing is overwritten',
  })
}

/** @throws MeshError FLAG_INVALID */
function readPlan(flags: Flags, root: string): MeshPlan {
  const agents = wholeNumber(flags, { flag: 'agents', fallback: 3, limit: AGENTS_LIMIT })
  const people = readPeople(flags)
  const twoPerson = flags.list('two-person')
  const [first] = twoPerson
  if (first !== undefined && people.length < 2)
    throw flagInvalid('-two-person', `needs a second --person; nobody could use ${first}`)
  requireModules(twoPerson)
  const listen = flags.text('listen') ?? '127.0.0.1'
  if (isIP(listen) === 0) throw flagInvalid('-listen', `${JSON.stringify(listen)} is no IP address`)
  const port = wholeNumber(flags, { flag: 'port', fallback: 4100, limit: 65_535 - agents })
  const name = (flags.text('name') ?? basename(root)).slice(0, 64)
  return {
    name,
    agents,
    people,
    twoPerson,
    listen,
    port,
    gpgKeys: readGpgKeys(flags, people),
    tags: readTags(flags),
  }
}

/** A rule for a module that is spelt wrong would leave the one that was meant to `default`. @throws MeshError FLAG_INVALID */
function requireModules(names: readonly string[]): void {
  const unknown = names.find((name) => !MODULE_NAMES.includes(name))
  if (unknown === undefined) return
  throw flagInvalid(
    '-two-person',
    `no module is called ${JSON.stringify(unknown)}; there are: ${MODULE_NAMES.join(', ')}`,
  )
}

function wholeNumber(
  flags: Flags,
  { flag, fallback, limit }: { flag: string; fallback: number; limit: number },
): number {
  const text = flags.text(flag)
  if (text === undefined) return fallback
  const value = /^\d{1,5}$/u.test(text) ? Number(text) : 0
  if (value >= 1 && value <= limit) return value
  throw flagInvalid(
    `-${flag}`,
    `must be a whole number from 1 to ${limit}, not ${JSON.stringify(text)}`,
  )
}

function readPeople(flags: Flags): readonly Person[] {
  const names = flags.list('person')
  const wanted = names.length === 0 ? [userInfo().username] : names
  const people = wanted.map((name) => {
    const parsed = parseWith(person, name)
    if (parsed.ok) return parsed.value
    throw flagInvalid('-person', `${JSON.stringify(name)} ${parsed.reason}`)
  })
  if (new Set(people).size < people.length) throw flagInvalid('-person', 'names somebody twice')
  return people
}

/** `NAME=FINGERPRINT`; keys without a name are those of the people in their order. A rule must never name the wrong person. */
function readGpgKeys(flags: Flags, people: readonly Person[]): MeshPlan['gpgKeys'] {
  const keys = new Map<Person, string>()
  let unnamed = 0
  for (const text of flags.list('gpg')) {
    const at = text.lastIndexOf('=')
    const name = at === -1 ? people[unnamed] : people.find((each) => each === text.slice(0, at))
    if (at === -1) unnamed += 1
    const who = at === -1 ? `key ${String(unnamed)}` : JSON.stringify(text.slice(0, at))
    if (name === undefined) throw flagInvalid('-gpg', `${who} is none of the people`)
    if (keys.has(name)) throw flagInvalid('-gpg', `${name} has two keys; write NAME=FINGERPRINT`)
    keys.set(name, text.slice(at + 1))
  }
  return keys
}

function readTags(flags: Flags): Readonly<Record<string, string>> {
  const pairs = flags.list('tag').map((text) => {
    const at = text.indexOf('=')
    if (at < 1) throw flagInvalid('-tag', `${JSON.stringify(text)} is not KEY=VALUE`)
    return [text.slice(0, at), text.slice(at + 1)] as const
  })
  return Object.fromEntries(pairs)
}
