/** `npm run demo`: the whole product in one minute, on real processes over loopback. Exits non-zero if any of it did not happen. */
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Cast, openCast } from './cast.ts'
import { freePort, openStage, type Outcome, say, type Stage } from './stage.ts'

const AGENTS = [1, 2, 3, 4, 5] as const

async function main(): Promise<void> {
  await using cast = await openCast()
  await using stage = await openStage(cast.environment)
  const mesh = await makeMesh(stage, cast)
  await huntByHash(stage)
  await huntByTag(stage)
  await askForTwo(stage)
  await catchUp(stage, mesh)
  const hunt = await loseBootstrap(stage, mesh)
  await keepEvidence(stage, hunt)
  say('\nEverything above happened. The mesh is taken down, and nothing of it is left.')
}

interface Mesh {
  readonly bootstrap: Awaited<ReturnType<Stage['start']>>
  readonly agents: Awaited<ReturnType<Stage['start']>>[]
}

async function makeMesh(stage: Stage, cast: Cast): Promise<Mesh> {
  title(`A mesh: 1 bootstrap peer, 5 agents, 2 investigators who sign with ${cast.signsWith}`)
  const port = String(await freePort())
  const made = await stage.mig([
    'init',
    stage.directory,
    ...['--agents', String(AGENTS.length), '--port', port, '--two-person', 'example'],
    ...cast.people.flatMap(({ name, gpg }) => [
      '--person',
      name,
      ...(gpg === undefined ? [] : ['--gpg', gpg]),
    ]),
  ])
  expect(made.code === 0, 'mig init makes the mesh')
  await plant(stage)
  const bootstrap = await stage.start('mig-bootstrap', 'bootstrap')
  const agents = await Promise.all(
    AGENTS.map((index) => stage.start('mig-agent', `agent-${String(index)}`)),
  )
  await stage.mig(['agents'], { home: 'investigator' })
  return { bootstrap, agents }
}

/** Agents 1 and 2 are web servers, the others databases; one file under the web root is not what it seems. */
async function plant(stage: Stage): Promise<void> {
  for (const index of AGENTS) {
    const file = join(stage.directory, `agent-${String(index)}`, 'config.json')
    const config = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>
    const role = index <= 2 ? 'web' : 'db'
    await writeFile(
      file,
      JSON.stringify({ ...config, name: `${role}${String(index)}.example`, tags: { role } }),
    )
  }
  const site = join(stage.directory, 'www', 'img')
  await mkdir(site, { recursive: true })
  await writeFile(join(site, 'logo.php'), '<?php\n  eval(base64_decode($_POST["x"]));\n')
  await writeFile(join(site, 'logo.svg'), '<svg/>\n')
}

async function huntByHash(stage: Stage): Promise<void> {
  title('A hash hunt over a real directory, on every host')
  const suspect = createHash('sha256')
    .update(await readFile('/usr/bin/env'))
    .digest('hex')
  const hunt = await stage.mig(['file', '-t', 'all', '-path', '/usr/bin', '-sha2', suspect], {
    home: 'investigator',
  })
  expect(hunt.code === 0, 'all five answered')
  expect(agentsNamed(hunt) === AGENTS.length, 'five hosts have that file')
}

async function huntByTag(stage: Stage): Promise<void> {
  title('A content hunt aimed by tag: only web servers run it')
  const target = "tags->>'role'='web'"
  const where = join(stage.directory, 'www')
  const hunt = await stage.mig(
    ['file', '-t', target, '-path', where, '-content', 'eval\\(base64_decode'],
    {
      home: 'investigator',
    },
  )
  expect(hunt.code === 0, 'the two web servers answered')
  expect(agentsNamed(hunt) === 2 && !hunt.stdout.includes('db'), 'nobody else ran it')
  expect(
    hunt.stdout.includes('logo.php') && !hunt.stdout.includes('eval'),
    'they say where, not what',
  )
}

async function askForTwo(stage: Stage): Promise<void> {
  title('An action that needs two people: refused with one, run with two')
  const question = ['example', '-t', 'all']
  const alone = await stage.mig([...question, '-gethostname'], { home: 'investigator' })
  expect(alone.code === 3, 'one signature weighs too little, and nothing was sent')
  const first = await stage.mig([...question, '-s', '-gethostname'], {
    home: 'investigator',
    saveAs: 'one.json',
  })
  await writeFile(join(stage.directory, 'one.json'), first.stdout)
  const second = await stage.mig(['sign', join(stage.directory, 'one.json')], {
    home: 'investigator-2',
    saveAs: 'two.json',
  })
  await writeFile(join(stage.directory, 'two.json'), second.stdout)
  const both = await stage.mig(['launch', join(stage.directory, 'two.json')], {
    home: 'investigator-2',
  })
  expect(
    both.code === 0 && agentsNamed(both) === AGENTS.length,
    'with two signatures all five answered',
  )
}

async function catchUp(stage: Stage, { agents }: Mesh): Promise<void> {
  title('An agent that is off catches up when it is back')
  const last = agents.at(-1)
  if (last === undefined) throw new Error('no agent')
  await stage.stop(last, 'SIGKILL')
  const missing = await stage.mig(['file', '-t', 'all', '-path', '/etc', '-name', '^hostname$'], {
    home: 'investigator',
  })
  expect(missing.code === 4 && missing.stderr.includes('db5'), 'db5 is reported as silent')
  const id = idOf(missing)
  agents[agents.length - 1] = await stage.start('mig-agent', `agent-${String(AGENTS.length)}`)
  const later = await stage.mig(['results', id, '--follow'], { home: 'investigator' })
  expect(
    later.code === 0 && agentsNamed(later) === AGENTS.length,
    'its answer arrived when it was back',
  )
}

async function loseBootstrap(stage: Stage, { bootstrap }: Mesh): Promise<string> {
  title('The bootstrap peer is killed, and the next hunt is still complete')
  await stage.stop(bootstrap, 'SIGKILL')
  const hunt = await stage.mig(
    ['file', '-t', 'all', '-path', '/etc', '-name', '^passwd$', '-returnsha256'],
    {
      home: 'investigator',
    },
  )
  expect(
    hunt.code === 0 && agentsNamed(hunt) === AGENTS.length,
    'five answers without any bootstrap peer',
  )
  return idOf(hunt)
}

async function keepEvidence(stage: Stage, id: string): Promise<void> {
  title('The evidence of that hunt, exported and verified offline')
  const file = join(stage.directory, 'evidence.json')
  const exported = await stage.mig(['export', id, '--evidence', file], { home: 'investigator' })
  const verified = await stage.mig(['verify', file])
  expect(exported.code === 0 && verified.code === 0, 'every signature holds')
  await writeFile(file, (await readFile(file, 'utf8')).replace('"results"', '"results" '))
  const forged = JSON.parse(await readFile(file, 'utf8')) as { results: string[] }
  forged.results = forged.results.map((text) => text.replace('"sig":"', '"sig":"AAAA'))
  await writeFile(file, JSON.stringify(forged))
  const refused = await stage.mig(['verify', file])
  expect(refused.code === 6, 'a forged answer is found out')
}

const title = (text: string): void => {
  say(`\n== ${text}`)
}

/** Different hosts that have a line in the output. */
const agentsNamed = ({ stdout }: Outcome): number =>
  new Set(stdout.split('\n').flatMap((line) => /^(?:web|db)\d\.example/.exec(line) ?? [])).size

function idOf({ stderr }: Outcome): string {
  const id = /^action ([0-9a-f]{8,64})/m.exec(stderr)?.[1]
  if (id === undefined) throw new Error('no id was printed')
  return id
}

function expect(holds: boolean, what: string): void {
  say(`   ${holds ? 'ok' : 'NOT SO'}: ${what}`)
  if (!holds) throw new Error(`the demo failed: ${what}`)
}

await main()
