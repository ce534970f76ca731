/** Commands that need a home but no mesh: revoke, init's warnings, an action file from stdin, and text that would steer a terminal. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../cli/run.ts'
import { openAgentNode } from '../../node/assembly/agent-node.ts'
import { printableJson } from '../../node/core/printable.ts'
import { openHome } from '../../node/host/home.ts'
import { openLogger } from '../../node/host/logger.ts'
import { recordingIo } from '../helpers/recording-io.ts'
import { DAY_MS, makeTestKey } from '../helpers/test-keys.ts'

let dir = ''
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mig-home-'))
})
afterAll(() => rm(dir, { recursive: true }))

async function mig(
  args: readonly string[],
  { home = '', stdin = '' } = {},
): Promise<{ out: string; err: string; code: number }> {
  const { io, stdout, stderr } = recordingIo({ HOME: dir, MIG_HOME: home }, { stdin })
  const code = await run(args, io, new AbortController().signal)
  return { out: stdout(), err: stderr(), code }
}

describe('mig init', () => {
  it.each([
    ['1', 1],
    ['2', 0],
    ['3', 0],
  ])(
    'with %s agents warns of fewer than three listening peers: %d times',
    async (agents, times) => {
      const { err, code } = await mig(['init', join(dir, `lab-${agents}`), '--agents', agents])
      expect(code).toBe(0)
      expect(err.split('fewer than 3 listening peers').length - 1).toBe(times)
      expect(err).toContain('one person alone may revoke keys here')
    },
  )
})

describe("an investigator's home", () => {
  it('runs no agent, which would answer its own questions', async () => {
    await mig(['init', join(dir, 'own'), '--agents', '1', '--person', 'ada'])
    const home = await openHome(join(dir, 'own/investigator'))
    const opened = openAgentNode(home, openLogger({ level: 'silent' }))
    await expect(opened).rejects.toThrow(/home of ada, an investigator/)
  })
})

describe('mig init --gpg', () => {
  const [a, b] = ['a', 'b'].map((digit) => digit.repeat(40))
  const two = ['--person', 'ada', '--person', 'bob']

  it.each([
    ['more keys than people', ['--gpg', a!, '--gpg', b!, '--gpg', a!], /key 3 is none/],
    ['two keys of one person', ['--gpg', `ada=${a!}`, '--gpg', `ada=${b!}`], /ada has two keys/],
    [
      'a key that two ways give one person',
      ['--gpg', a!, '--gpg', `ada=${b!}`],
      /ada has two keys/,
    ],
  ])('refuses %s, since a rule must never name the wrong person', async (_, keys, reason) => {
    const { err, code } = await mig(['init', join(dir, 'never'), ...two, ...keys])
    expect(code).toBe(2)
    expect(err).toMatch(reason)
  })
})

describe('mig revoke key', () => {
  it('refuses a subkey, and names the primary key to revoke', async () => {
    const lab = join(dir, 'lab')
    await mig(['init', lab, '--agents', '1', '--person', 'ada'])
    const key = await makeTestKey({ createdMs: Date.now() - DAY_MS, subkeys: 1 })
    const path = join(lab, 'policy.json')
    const policy = JSON.parse(await readFile(path, 'utf8')) as { keyring: string[] }
    await writeFile(path, JSON.stringify({ ...policy, keyring: [...policy.keyring, key.armored] }))
    const subkey = key.publicKey.getSubkeys()[0]?.getFingerprint() ?? ''
    const home = join(lab, 'investigator')
    const { out, err, code } = await mig(['revoke', 'key', subkey, '-s'], { home })
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(`that is a subkey; revoke its primary key ${key.fingerprint}`)
    expect((await mig(['revoke', 'key', key.fingerprint, '-s'], { home })).code).toBe(0)
  })
})

describe('an action file from stdin', () => {
  const action = {
    name: 'from stdin',
    target: 'true',
    operations: [{ module: 'file', parameters: { searches: { s1: { paths: ['/etc'] } } } }],
  }
  const stdin = JSON.stringify(action)

  it.each([[['-i', '-', '-p']], [['launch', '-', '-p']]])('%j', async (args) => {
    const { out, code } = await mig(args, { stdin })
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject(action)
  })

  it('is named in the error when it is none', async () => {
    expect((await mig(['-i', '-', '-p'], { stdin: '{' })).err).toMatch(/^mig: -: is not JSON/)
  })
})

describe('text from others', () => {
  it('steers no terminal from an error line', async () => {
    const stdin = '{"na\\u001b[2Jme\\u202e":1}'
    const { err, code } = await mig(['show', '-'], { stdin })
    expect(code).toBe(2)
    expect(err).not.toMatch(/[\u001b\u202e]/u)
  })

  it('steers none from JSON, and reads back the same', () => {
    const value = { name: 'a\u009b2J\u202e\u2028größe 名前 \u{1f600}\u007f' }
    expect(printableJson(value)).toBe(
      '{"name":"a\\u009b2J\\u202e\\u2028größe 名前 \u{1f600}\\u007f"}',
    )
    expect(JSON.parse(printableJson(value))).toEqual(value)
  })
})
