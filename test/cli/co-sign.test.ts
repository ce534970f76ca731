/** What a second person sees before putting a name to an action: who asks, and who will read the answers. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../cli/run.ts'
import { encodeAction, parseAction, type ReplyNode } from '../../node/core/action.ts'
import { toUtf8 } from '../../node/core/bytes.ts'
import { parseEnvelope } from '../../node/core/envelope.ts'
import { createMeshHomes, type MeshHomes, signEnvelope } from '../helpers/mesh-homes.ts'
import { recordingIo } from '../helpers/recording-io.ts'
import { FILE_SEARCH } from '../helpers/runners.ts'

describe('the readers of an action', () => {
  let homes: MeshHomes
  let dir = ''
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mig-sign-'))
    homes = await createMeshHomes({ agents: 1, people: ['alice', 'bob'] })
    const config = join(homes.home('investigator'), 'config.json')
    await writeFile(join(homes.home('investigator'), 'bob.asc'), keyOf('bob').privateKeyArmored, {
      mode: 0o600,
    })
    const settings = JSON.parse(await readFile(config, 'utf8')) as object
    await writeFile(config, JSON.stringify({ ...settings, person: 'bob', keyfile: 'bob.asc' }))
  })
  afterAll(async () => {
    await rm(dir, { recursive: true })
    await homes[Symbol.asyncDispose]()
  })

  const keyOf = (name: string) => {
    const key = homes.keys.get(name)
    if (key === undefined) throw new Error(`no ${name}`)
    return key
  }

  /** An action by alice, whose answers go to these nodes. */
  async function fileOf(replyto: readonly ReplyNode[]): Promise<string> {
    const signed = await homes.sign({ operations: [FILE_SEARCH] }, ['alice'])
    const action = parseAction(parseEnvelope(toUtf8(signed)).payload)
    const payload = encodeAction({ ...action, replyto: [...replyto] })
    const path = join(dir, 'action.json')
    await writeFile(path, await signEnvelope('action', payload, [keyOf('alice')]))
    return path
  }

  async function mig(...args: string[]): Promise<{ out: string; err: string; code: number }> {
    const { io, stdout, stderr } = recordingIo({ MIG_HOME: homes.home('investigator') })
    const code = await run(args, io, new AbortController().signal)
    return { out: stdout(), err: stderr(), code }
  }
  const readersIn = (text: string): string[] => text.match(/^readers .*$/gm) ?? []

  it.each([
    ['a node of the policy', (): Partial<ReplyNode> => ({}), 'a node of alice'],
    [
      'a known node with a strange key',
      (): Partial<ReplyNode> => ({ sealing: 'x'.repeat(43) }),
      'a node of alice, but with ANOTHER KEY than the policy has',
    ],
    [
      'a strange node',
      (): Partial<ReplyNode> => ({ peer: homes.peers.get('agent-0') ?? homes.reply.peer }),
      'A NODE THAT THE POLICY DOES NOT NAME',
    ],
  ])('are named by show and before sign: %s', async (_, change, words) => {
    const node = { ...homes.reply, ...change() }
    const file = await fileOf([node])
    const wanted = [
      `readers  ${node.peer}, ${words}`,
      'readers  the own nodes of everybody who signs',
    ]
    const shown = await mig('show', file)
    expect([shown.code, readersIn(shown.out)]).toEqual([0, wanted])
    const signed = await mig('sign', file)
    expect([signed.code, readersIn(signed.err)]).toEqual([0, wanted])
    expect(signed.err.indexOf('readers')).toBeLessThan(signed.err.indexOf('signed by'))
    expect(signed.err).toContain('asks     file')
  })

  it('are shown also where no signature follows, for the key cannot be used', async () => {
    const file = await fileOf([homes.reply])
    const key = join(homes.home('investigator'), 'bob.asc')
    const before = await readFile(key, 'utf8')
    await writeFile(key, 'no key')
    const { err, code } = await mig('sign', file)
    await writeFile(key, before)
    expect(code).toBe(2)
    expect(readersIn(err)).toHaveLength(2)
  })
})
