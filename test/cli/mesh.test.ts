/** `mig` against a real mesh: processes on loopback, made by `mig init`. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  type Daemon,
  type Finished,
  freePorts,
  PROGRAMS,
  runMig,
  startDaemon,
} from '../helpers/processes.ts'

const AGENTS = 2
const evidenceShape = z.looseObject({ results: z.array(z.string()), action: z.string() })

describe('mig with a mesh', { timeout: 60_000 }, () => {
  let dir = ''
  let lab = ''
  const daemons: Daemon[] = []
  const ada = (...args: string[]): Promise<Finished> =>
    runMig(['--home', join(lab, 'investigator'), ...args])
  const bob = (...args: string[]): Promise<Finished> =>
    runMig(['--home', join(lab, 'investigator-2'), ...args])
  const find = ['-path', join(import.meta.dirname, 'transcripts'), '-name', '^local']
  const json = (text: string): unknown[] =>
    text
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
  const newest = async (who: typeof ada): Promise<string> => {
    const [first] = json((await who('results', '--json')).stdout)
    return z.looseObject({ action: z.string() }).parse(first).action
  }

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mig-cli-'))
    lab = join(dir, 'lab')
    const port = await freePorts(AGENTS + 1)
    const people = ['--person', 'ada', '--person', 'bob', '--two-person', 'example']
    const made = await runMig([
      'init',
      lab,
      '--agents',
      String(AGENTS),
      '--port',
      String(port),
      '--tag',
      'team=blue',
      ...people,
    ])
    expect(made.stderr).toContain('made the mesh lab')
    expect(made.code).toBe(0)
    daemons.push(await startDaemon(PROGRAMS.bootstrap, ['--home', join(lab, 'bootstrap')]))
    for (let number = 1; number <= AGENTS; number += 1) {
      daemons.push(
        await startDaemon(PROGRAMS.agent, ['--home', join(lab, `agent-${String(number)}`)]),
      )
    }
    await untilAgents()
  })
  afterAll(async () => {
    await Promise.all(daemons.map((each) => each.stop()))
    await rm(dir, { recursive: true })
  })

  /** Agents leave their facts with the bootstrap peer a moment after they are ready. */
  async function untilAgents(): Promise<void> {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const { stdout } = await ada('agents', '--json')
      if (stdout.trim().split('\n').length === AGENTS) return
    }
    throw new Error('the agents never came')
  }

  it('init keeps keys to their owner and overwrites nothing', async () => {
    for (const name of ['investigator/key.json', 'investigator/signing-key.asc', 'policy.json']) {
      expect((await stat(join(lab, name))).mode & 0o077).toBe(0)
    }
    const again = await runMig(['init', lab])
    expect(again).toMatchObject({ code: 2 })
    expect(again.stderr).toContain('nothing is overwritten')
  })

  it('agents lists them, and those that a target means', async () => {
    const { stdout, code } = await ada('agents', '-t', "name='agent-2' AND tags->>'team'='blue'")
    expect(code).toBe(0)
    expect(stdout).toMatch(/^NAME .*\nagent-2 .* team=blue\n$/)
  })

  it('asks every agent, prints what was found on stdout and prose on stderr', async () => {
    const { stdout, stderr, code } = await ada('file', '-t', 'all', ...find)
    expect(stderr).toContain(
      `${String(AGENTS)} of ${String(AGENTS)} agents answered, ${String(AGENTS)} found something`,
    )
    expect(stdout.trim().split('\n').toSorted()).toEqual([
      expect.stringMatching(/^agent-1 .*local\.txt \[/),
      expect.stringMatching(/^agent-2 .*local\.txt \[/),
    ])
    expect(code).toBe(0)
  })

  it('shows agents without findings, narrows to those with, exits by findings when asked', async () => {
    const none = await ada(
      'file',
      '-t',
      'all',
      '-path',
      dir,
      '-name',
      '^nowhere$',
      '-show',
      'notfound',
    )
    expect(none.stdout).toContain("agent-1 0 match found in search 's1'")
    const id = await newest(ada)
    const narrowed = await ada('file', '-target-notfound', id.slice(0, 10), '-exit-match', ...find)
    expect(narrowed.code).toBe(10)
    const empty = await ada('file', '-target-found', id.slice(0, 10), ...find)
    expect(empty).toMatchObject({ code: 2, stdout: '' })
  })

  it('results shows them later; -json is one typed object a line', async () => {
    await ada('file', '-t', 'all', '-n', 'for later', ...find)
    const id = await newest(ada)
    const { stdout, code } = await ada('results', id.slice(0, 8), '--json')
    expect(
      json(stdout).map((line) => z.looseObject({ type: z.string() }).parse(line).type),
    ).toEqual(['answer', 'answer', 'summary'])
    expect(code).toBe(0)
    expect((await ada('results')).stdout).toContain('for later')
  })

  it('a second person is needed where the policy says so', async () => {
    const alone = await ada('example', '-t', 'all', '-gethostname')
    expect(alone).toMatchObject({ code: 3, stdout: '' })
    expect(alone.stderr).toContain('example needs weight 2, and ada weighs 1')
    const first = join(dir, 'a.json')
    const signed = await ada('example', '-s', '-t', 'all', '-gethostname')
    expect(signed.stderr).toContain('example: weight 1 of 2, not enough')
    await writeFile(first, signed.stdout)
    expect((await ada('launch', first)).code).toBe(3)
    const twice = await ada('sign', first)
    expect(twice).toMatchObject({ code: 2, stdout: '' })
    expect(twice.stderr).toContain('ada has signed it already')
    const second = join(dir, 'b.json')
    const both = await bob('sign', first)
    expect(both.stderr).toContain('example: weight 2 of 2')
    await writeFile(second, both.stdout)
    expect((await bob('show', second)).stdout).toContain('weight   example: weight 2 of 2')
    const launched = await bob('launch', second)
    expect(launched.stderr).toContain(`${String(AGENTS)} of ${String(AGENTS)} agents answered`)
    expect(launched.code).toBe(0)
  })

  it('a signed file that was changed is signed by nobody else', async () => {
    const { stdout } = await ada('file', '-s', '-t', 'all', ...find)
    const changed = join(dir, 'changed.json')
    await writeFile(changed, rewrite(stdout, '^local', '^LOCAL'))
    const refused = await bob('sign', changed)
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toContain('its signature does not hold: bad-signature')
    expect((await ada('launch', changed)).code).toBe(3)
  })

  it('a dry run says who and what, and sends nothing', async () => {
    const before = await newest(ada)
    const { stdout } = await ada('example', '-dry-run', '-t', 'all', '-gethostname')
    expect(stdout).toContain(`agents  ${String(AGENTS)} known now`)
    expect(stdout).toContain('needs   example: weight 2')
    expect(await newest(ada)).toBe(before)
  })

  it('exports evidence that verifies offline, and tampering shows', async () => {
    await ada('file', '-t', 'all', ...find)
    const file = join(dir, 'case.json')
    expect((await ada('export', await newest(ada), '--evidence', file)).code).toBe(0)
    expect((await ada('export', await newest(ada), '--evidence', file)).code).toBe(2)
    const verify = (path: string, ...more: string[]): Promise<Finished> =>
      runMig(['verify', path, ...more], { env: { HOME: dir } })
    const good = await verify(file, '--policy', join(lab, 'policy.json'))
    expect(good.stdout).toMatch(/^asked by ada/m)
    expect(good.stdout).toMatch(/^answered agent-1/m)
    expect(good.stderr).toContain('the file carries the same')
    expect(good.code).toBe(0)

    const text = await readFile(file, 'utf8')
    expect(text).not.toContain(
      z
        .looseObject({ mesh: z.looseObject({ secret: z.string() }) })
        .parse(JSON.parse(await readFile(join(lab, 'policy.json'), 'utf8'))).mesh.secret,
    )
    const evidence = evidenceShape.parse(JSON.parse(text))
    const [first = '', ...rest] = evidence.results
    const tampered: readonly (readonly [string, object, string])[] = [
      [
        'an answer changed',
        { ...evidence, results: [rewrite(first, 'local.txt', 'other.txt'), ...rest] },
        'did not sign these bytes',
      ],
      [
        'an answer twice',
        { ...evidence, results: [first, first, ...rest] },
        'more than one result',
      ],
      ['a signature left out', { ...evidence, action: unsigned(evidence.action) }, 'signature'],
      ['another weight', reweighed(text), 'weight for file: 1 of 2'],
    ]
    for (const [what, changed, reason] of tampered) {
      const path = join(dir, `${what}.json`)
      await writeFile(path, JSON.stringify(changed))
      const { code, stderr } = await verify(path)
      expect([what, code]).toEqual([what, 6])
      expect(stderr).toContain(reason)
    }
  })

  it('up keeps a node; commands use it, and it goes in order', async () => {
    const home = join(lab, 'investigator')
    await using node = await startDaemon(PROGRAMS.mig, ['--home', home, 'up'])
    expect((await stat(join(home, 'socket'))).isSocket()).toBe(true)
    const { code, stdout } = await ada('file', '-t', 'all', ...find)
    expect(code).toBe(0)
    expect(stdout.trim().split('\n')).toHaveLength(AGENTS)
    const light = loadedBy(['--home', home, 'agents', '-json'])
    expect(json(light.stdout)).toHaveLength(AGENTS)
    expect(light.loaded).toEqual([])
    const second = await runMig(['--home', home, 'up'])
    expect(second.code).toBe(2)
    await node.stop()
    await expect(stat(join(home, 'socket'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('cancel reaches the mesh; Ctrl-C stops following and says how to go on', async () => {
    const slow = await runMig(
      [
        '--home',
        join(lab, 'investigator'),
        'file',
        '-t',
        "name='agent-1'",
        '-path',
        '/',
        '-content',
        'a{3}never',
        '-returnsha256',
      ],
      {
        onStderr: (text, child) => {
          if (text.includes('will be questioned')) child.kill('SIGINT')
        },
      },
    )
    expect(slow.code).toBe(130)
    const id = await newest(ada)
    const cancelled = await ada('cancel', id.slice(0, 12), '-reason', 'enough')
    expect(cancelled.stderr).toMatch(/^cancel [0-9a-f]{12}: 2 of /)
    expect(cancelled.code).toBe(0)
  })
})

/** Runs `mig` in a process that names on stderr every module of a heavy library it loads. */
function loadedBy(args: readonly string[]): { stdout: string; loaded: readonly string[] } {
  const probe = `import { registerHooks } from 'node:module'
    const heavy = /node_modules.(openpgp|libp2p|level|@libp2p|@chainsafe)/
    registerHooks({ load(url, context, next) { if (heavy.test(url)) console.error('HEAVY ' + url); return next(url, context) } })
    process.argv = ${JSON.stringify(['node', 'mig', ...args])}
    await import(${JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../cli/main.ts')).href)})`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', probe], {
    encoding: 'utf8',
  })
  return { stdout, loaded: stderr.split('\n').filter((line) => line.startsWith('HEAVY')) }
}

type Parsed = Record<string, unknown> & {
  readonly payload: string
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[]
}

/** The same envelope with other words in its payload; its fields keep their order. */
function rewrite(envelope: string, from: string, to: string): string {
  const parsed = JSON.parse(envelope) as Parsed
  const payload = Buffer.from(parsed.payload, 'base64').toString().replace(from, to)
  return JSON.stringify({ ...parsed, payload: Buffer.from(payload).toString('base64') })
}

/** The same envelope with the signature of other bytes. */
function unsigned(envelope: string): string {
  const parsed = JSON.parse(envelope) as Parsed
  const signatures = parsed.signatures.map(({ keyid, sig }) => {
    const bytes = Buffer.from(sig, 'base64')
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
    return { keyid, sig: bytes.toString('base64') }
  })
  return JSON.stringify({ ...parsed, signatures })
}

/** The same evidence under rules that want two people for everything. */
function reweighed(text: string): object {
  const shape = z.looseObject({
    policy: z.looseObject({ acl: z.looseObject({ default: z.looseObject({}) }) }),
  })
  const evidence = shape.parse(JSON.parse(text))
  const { acl } = evidence.policy
  const changed = { ...acl, default: { ...acl.default, minimumweight: 2 } }
  return { ...evidence, policy: { ...evidence.policy, acl: changed } }
}
