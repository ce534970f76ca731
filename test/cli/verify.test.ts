/** `mig verify` on files made here: what it checks beside signatures, and what it says is not proven. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../cli/run.ts'
import { peerIdOf } from '../../node/assembly/identity.ts'
import { parseAction } from '../../node/core/action.ts'
import { fromUtf8, toUtf8 } from '../../node/core/bytes.ts'
import { buildEnvelope, pae, parseEnvelope } from '../../node/core/envelope.ts'
import { buildEvidence } from '../../node/core/evidence.ts'
import type { HuntRecord } from '../../node/core/hunt.ts'
import { parsePolicy } from '../../node/core/policy.ts'
import { type Answer, encodeAnswer } from '../../node/core/result.ts'
import { MINUTE_MS } from '../../node/core/time.ts'
import { systemRandom } from '../../node/host/system.ts'
import { signWithPeerKey } from '../../node/pgp/peer-signature.ts'
import { generateSealingKey } from '../../node/pgp/seal.ts'
import { createMeshHomes, type MeshHomes } from '../helpers/mesh-homes.ts'
import { recordingIo } from '../helpers/recording-io.ts'
import { emptyResult, FILE_SEARCH } from '../helpers/runners.ts'

const NOTHING = emptyResult({ module: 'file' })

describe('mig verify', () => {
  let homes: MeshHomes
  let dir = ''
  let envelope = ''
  let text: (changes?: Partial<Answer>) => string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mig-verify-'))
    homes = await createMeshHomes({ agents: 0, people: ['alice', 'bob'] })
    envelope = await homes.sign({ operations: [FILE_SEARCH] }, ['alice'])
    const key = { seed: systemRandom.bytes(32), sealing: await generateSealingKey() }
    const agent = peerIdOf(key)
    const asked = parseEnvelope(toUtf8(envelope))
    text = (changes) => {
      const payload = encodeAnswer({
        mesh: homes.policy.mesh.id,
        action: asked.documentId,
        agent,
        name: 'host',
        status: 'success',
        at: Date.now(),
        results: [NOTHING],
        ...changes,
      } as Answer)
      const sig = signWithPeerKey(key.seed, pae('result', payload))
      return fromUtf8(buildEnvelope('result', payload, [{ keyid: agent, sig }]).bytes)
    }
  })
  afterAll(async () => {
    await rm(dir, { recursive: true })
    await homes[Symbol.asyncDispose]()
  })

  async function verify(
    material: { results: readonly string[]; conflicts?: readonly string[] },
    ...more: string[]
  ): Promise<{ out: string; err: string; code: number }> {
    const path = join(dir, 'case.json')
    const hunt = { envelope } as HuntRecord
    const parts = { hunt, conflicts: [], ...material }
    await writeFile(path, buildEvidence(parts, parsePolicy(homes.policy), Date.now()))
    const { io, stdout, stderr } = recordingIo({ HOME: dir })
    const code = await run(['verify', path, ...more], io, new AbortController().signal)
    return { out: stdout(), err: stderr(), code }
  }

  it('says what is proven, and what no signature can prove', async () => {
    const { err, code } = await verify({ results: [text()] })
    expect(code).toBe(0)
    expect(err).toMatch(/^proven: alice asked exactly this \(if the keys in the file are theirs\)/m)
    expect(err).toMatch(/^not proven: that an agent key is the host it names itself/m)
    expect(err).toContain('that no answer is missing')
    const trusted = await verify({ results: [text()] }, '--policy', homes.home('policy.json'))
    expect(trusted.err).toContain('proven: alice asked exactly this (by the policy you trust)')
  })

  it('says nothing of proofs when something does not hold', async () => {
    const { err, code } = await verify({ results: [text({ action: 'f'.repeat(64) as never })] })
    expect(code).toBe(6)
    expect(err).toContain('it answers another action')
    expect(err).not.toMatch(/^proven/m)
  })

  it('marks an answer that was made after the action had ended', async () => {
    const { expireafter } = parseAction(parseEnvelope(toUtf8(envelope)).payload)
    const { out, code } = await verify({ results: [text({ at: expireafter + 35 * MINUTE_MS })] })
    expect(code).toBe(0)
    expect(out).toMatch(/^answered host .*, LATE by 30m: success$/m)
    expect((await verify({ results: [text()] })).out).not.toContain('LATE')
  })

  it.each<[string, () => Parameters<typeof verify>[0], string]>([
    [
      'a conflict that is the answer itself',
      () => {
        const same = text()
        return { results: [same], conflicts: [same] }
      },
      'conflict 1: the same answer is in the file already',
    ],
    [
      'one agent with two answers',
      () => ({ results: [text(), text({ at: Date.now() + 1 })] }),
      'more than one result that is not marked as a conflict',
    ],
    ['success without results', () => ({ results: [text({ results: [] })] }), '0 of 1 results'],
  ])('does not hold with %s', async (_, material, reason) => {
    const { err, code } = await verify(material())
    expect(code).toBe(6)
    expect(err).toContain(reason)
  })

  it('says the same in JSON', async () => {
    const lines = async (...more: string[]): Promise<Record<string, unknown>[]> =>
      (await verify({ results: [text()] }, '--json', ...more)).out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    const carried = await lines()
    expect(carried.find(({ type }) => type === 'answer')).toMatchObject({ late: false })
    expect(carried.at(-1)).toMatchObject({ type: 'verdict', holds: true, keys: 'carried' })
    expect(carried.at(-1)).toHaveProperty('unproven')
    expect((await lines('--policy', homes.home('policy.json'))).at(-1)).toMatchObject({
      keys: 'trusted',
      differs: [],
    })
  })
})
