/** What every peer refuses by itself, when the publisher's own check was passed by: the endpoint decides. */
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { encodeAction, parseAction } from '../../node/core/action.ts'
import {
  fromBase64,
  fromUtf8,
  sha256Hex,
  toBase64,
  toBase64url,
  toUtf8,
} from '../../node/core/bytes.ts'
import { buildEnvelope, pae, parseEnvelope } from '../../node/core/envelope.ts'
import { hasCode } from '../../node/core/errors.ts'
import type { DocumentId } from '../../node/core/ids.ts'
import { type Answer, encodeAnswer } from '../../node/core/result.ts'
import { sealContext } from '../../node/core/seal-context.ts'
import {
  decodeFrame,
  encodeFrame,
  PROTOCOLS,
  type ResultReply,
  resultReply,
} from '../../node/core/wire.ts'
import { seal } from '../../node/pgp/seal.ts'
import { openHostile } from '../helpers/chaos.ts'
import { createMesh, type TestMesh } from '../helpers/mesh.ts'
import { signEnvelope } from '../helpers/mesh-homes.ts'
import { FILE_SEARCH, quickRunner } from '../helpers/runners.ts'
import { until } from '../helpers/until.ts'

const TWO_PERSON_RULE = {
  file: { minimumweight: 2, investigators: { alice: 1, bob: 1 } },
  default: { minimumweight: 1, investigators: { alice: 1, bob: 1 } },
  '@revoke': { minimumweight: 1, investigators: { bob: 1 } },
}

const idOf = (envelope: string): DocumentId => parseEnvelope(toUtf8(envelope)).documentId

interface EnvelopeJson {
  payload: string
  signatures: { keyid: string; sig: string }[]
}

/** Changes an envelope as text, as somebody without a key would. */
const altered = (envelope: string, change: (json: EnvelopeJson) => void): string => {
  const json = JSON.parse(envelope) as EnvelopeJson
  change(json)
  return JSON.stringify(json)
}

const reAimed = (envelope: string, target: string): string =>
  altered(envelope, (json) => {
    const action = JSON.parse(fromUtf8(fromBase64(json.payload)!)) as Record<string, unknown>
    json.payload = toBase64(toUtf8(JSON.stringify({ ...action, target })))
  })

describe('a single signature where two are needed', () => {
  it('is refused by the publisher, and by every peer that gets it past the publisher', async () => {
    const runner = quickRunner()
    await using mesh = await createMesh({ agents: 3, acl: TWO_PERSON_RULE, runner })
    await using hostile = await openHostile(mesh)
    await mesh.known(3)
    const alone = await mesh.sign({ operations: [FILE_SEARCH] }, ['alice'])
    await expect(mesh.launch(alone)).rejects.toSatisfy((error) => hasCode(error, 'REFUSED'))
    for (const index of [0, 1, 2])
      expect(await hostile.put(mesh.address(index), [alone])).toMatchObject([
        { fate: 'too-little-weight' },
      ])
    // An honest hunt by both shows that the mesh works, and that nothing else ever ran.
    const hunt = await mesh.hunt({ operations: [FILE_SEARCH] }, ['alice', 'bob'])
    expect(hunt.tally.counts.answered).toBe(3)
    expect(runner.runs).toHaveLength(3)
    for (const index of [0, 1, 2]) expect(await mesh.ledger(index, idOf(alone))).toEqual([])
  })

  it('does not hide the real one: an envelope stripped of a signature is nothing', async () => {
    await using mesh = await createMesh({ agents: 1, acl: TWO_PERSON_RULE, runner: quickRunner() })
    await using hostile = await openHostile(mesh)
    await mesh.known(1)
    const both = await mesh.sign({ operations: [FILE_SEARCH] }, ['alice', 'bob'])
    const stripped = altered(both, (json) => {
      json.signatures.pop()
    })
    expect(idOf(stripped)).toBe(idOf(both))
    expect(await hostile.put(mesh.address(0), [stripped])).toMatchObject([
      { fate: 'too-little-weight' },
    ])
    const hunt = await mesh.launch(both)
    expect(hunt.tally.counts.answered).toBe(1)
  })
})

describe('a re-aimed action', () => {
  it('fails everywhere, and costs whoever hands it on until it is cut off', async () => {
    const runner = quickRunner()
    await using mesh = await createMesh({ agents: 2, runner })
    await using hostile = await openHostile(mesh)
    await mesh.known(2)
    const hunt = await mesh.hunt({ target: 'false', operations: [FILE_SEARCH] })
    const { hunt: record } = await mesh.investigator.api.report(hunt.action)
    const isConnected = (): boolean => hostile.node.getConnections().length > 0
    for (let turn = 0; turn < 16 && (turn === 0 || isConnected()); turn += 1) {
      const forged = reAimed(record.envelope, `true OR name = 'turn ${String(turn)}'`)
      const fates = await hostile.put(mesh.address(0), [forged]).catch(() => 'cut off')
      if (turn < 8) expect(fates).toMatchObject([{ fate: 'bad-signature' }])
    }
    await until(() => !isConnected())
    await expect(hostile.put(mesh.address(0), [record.envelope])).rejects.toThrow()
    expect(runner.runs).toHaveLength(0)
  })
})

describe('an action that asks for too much of what files hold', () => {
  it('is refused by the agent with the reason, whoever signed it', async () => {
    const runner = quickRunner()
    await using mesh = await createMesh({ agents: 1, runner })
    await mesh.known(1)
    const guess = (at: number) => ({
      module: 'file',
      parameters: { searches: { s1: { paths: ['/etc'], contents: [`^pin=${String(at)}`] } } },
    })
    const operations = Array.from({ length: 33 }, (_, at) => guess(at))
    const { answers } = await mesh.hunt({ operations })
    expect(answers).toMatchObject([{ status: 'refused', reason: 'bad-parameters' }])
    expect(answers[0]?.detail).toMatch(/at most 32 patterns .* holds 33$/)
    expect(runner.runs).toHaveLength(0)
  })
})

describe('an action that asks for raw lines', () => {
  const operations = [
    {
      module: 'log',
      parameters: { paths: ['/var/log/app.log'], regexes: ['x'], lines: true },
    },
  ]
  it('is refused by an agent whose policy does not grant them, with the reason', async () => {
    const runner = quickRunner()
    await using mesh = await createMesh({ agents: 1, runner })
    await mesh.known(1)
    const { answers } = await mesh.hunt({ operations })
    expect(answers).toMatchObject([
      { status: 'refused', reason: 'over-ceiling', detail: 'log: this host grants no raw lines' },
    ])
    expect(runner.runs).toHaveLength(0)
  })

  it('runs where the policy grants them', async () => {
    const runner = quickRunner()
    await using mesh = await createMesh({ agents: 1, ceilings: { rawlines: true }, runner })
    await mesh.known(1)
    const hunt = await mesh.hunt({ operations })
    expect(hunt.tally.counts.answered).toBe(1)
    expect(runner.runs).toHaveLength(1)
  })
})

describe('a reader whose sealing key is no use', () => {
  it('is left out, said in the ledger, and keeps no answer from the others', async () => {
    await using mesh = await createMesh({ agents: 1, runner: quickRunner() })
    await mesh.known(1)
    const composed = parseEnvelope(
      toUtf8(await mesh.sign({ operations: [FILE_SEARCH] }, ['alice'])),
    )
    const lowOrder = toBase64url(Buffer.alloc(32))
    const action = parseAction(composed.payload)
    const other = { peer: mesh.peers.get('bootstrap-0')!, sealing: lowOrder, addresses: [] }
    const twin = { ...mesh.reply, peer: mesh.peers.get('agent-0')! }
    const payload = encodeAction({ ...action, replyto: [other, twin, ...action.replyto] })
    const hunt = await mesh.launch(await signEnvelope('action', payload, [mesh.keys.get('alice')!]))
    expect(hunt.tally.counts.answered).toBe(1)
    expect(await mesh.ledger(0, hunt.action)).toContainEqual(
      expect.objectContaining({
        event: 'answer',
        to: [mesh.reply.peer, twin.peer],
        notTo: [other.peer],
      }),
    )
  })
})

describe('a signer revoked between acceptance and run', () => {
  it('is refused with the reason, signed by the agent', async () => {
    const runner = quickRunner()
    const acl = { ...TWO_PERSON_RULE, file: TWO_PERSON_RULE.default }
    await using mesh = await createMesh({ agents: 1, acl, runner })
    await mesh.known(1)
    const validfrom = new Date(Date.now() + 2000).toISOString()
    const envelope = await mesh.sign({ validfrom, operations: [FILE_SEARCH] }, ['alice'])
    const launched = mesh.launch(envelope)
    await until(() => mesh.agents[0]?.peer.isAccepted(idOf(envelope)) === true)
    const subject = { kind: 'key', fingerprint: mesh.keys.get('alice')!.fingerprint }
    await mesh.investigator.api.publish(
      await mesh.signControl('revoke', { subject, reason: 'stolen' }, ['bob']),
    )
    const hunt = await launched
    expect(hunt.answers).toMatchObject([{ status: 'refused', reason: 'signer-revoked' }])
    expect(runner.runs).toHaveLength(0)
  })

  it('stays revoked after a restart, although whoever revoked it was revoked later', async () => {
    const people = ['alice', 'bob', 'carol', 'dave']
    const acl = {
      default: { minimumweight: 1, investigators: { alice: 1, dave: 1 } },
      '@revoke': { minimumweight: 1, investigators: { bob: 1, carol: 1 } },
    }
    await using mesh = await createMesh({ agents: 1, people, acl, runner: quickRunner() })
    await mesh.known(1)
    const revoke = async (whom: string, by: string): Promise<void> => {
      const subject = { kind: 'key', fingerprint: mesh.keys.get(whom)!.fingerprint }
      await mesh.investigator.api.publish(
        await mesh.signControl('revoke', { subject, reason: 'stolen' }, [by]),
      )
    }
    // Several, so that whatever order the store gives them back in, some revoker comes before what it revoked.
    await revoke('alice', 'bob')
    await revoke('dave', 'bob')
    await revoke('bob', 'carol')
    await until(() => mesh.agents[0]?.peer.documents.ids('revoke').length === 3)
    await mesh.stopAgent(0)
    const { peer } = await mesh.startAgent(0)
    const revoked = people.map((each) => peer.trust.isRevoked(mesh.keys.get(each)!.fingerprint))
    expect(revoked).toEqual([true, true, false, true])
  })
})

describe('an agent that lost part of its memory', () => {
  it('answers history-lost for what was valid before its journal was lost', async () => {
    const runner = quickRunner()
    await using mesh = await createMesh({ agents: 1, runner })
    await mesh.known(1)
    const before = await mesh.hunt({ operations: [FILE_SEARCH] })
    const pending = await mesh.sign({ operations: [FILE_SEARCH] }, ['alice'])
    await mesh.stopAgent(0)
    const home = mesh.home('agent-0')
    await rm(join(home, 'journal'))
    await rm(join(home, 'store'), { recursive: true })
    await mesh.startAgent(0)
    const hunt = await mesh.launch(pending)
    expect(hunt.answers).toMatchObject([{ status: 'refused', reason: 'history-lost' }])
    // What it ran before is not run again either, and its first answer stands.
    await until(async () =>
      (await mesh.ledger(0, before.action)).some(({ status }) => status === 'refused'),
    )
    expect(runner.runs).toHaveLength(1)
    const { answers } = await mesh.investigator.api.report(before.action)
    expect(answers).toEqual(before.answers)
    expect((await mesh.investigator.api.evidence(before.action)).conflicts).toEqual([])
    const validfrom = new Date().toISOString()
    const after = await mesh.hunt({ validfrom, operations: [FILE_SEARCH] })
    expect(after.tally.counts.answered).toBe(1)
  })

  it('counts a damaged journal as lost, and keeps what can still be read of it', async () => {
    const runner = quickRunner()
    await using mesh = await createMesh({ agents: 1, runner })
    await mesh.known(1)
    const first = await mesh.hunt({ operations: [FILE_SEARCH] })
    const second = await mesh.hunt({ operations: [FILE_SEARCH] })
    const pending = await mesh.sign({ operations: [FILE_SEARCH] }, ['alice'])
    await mesh.stopAgent(0)
    const path = join(mesh.home('agent-0'), 'journal')
    const journal = await readFile(path, 'utf8')
    await writeFile(path, journal.replace(first.action.slice(0, 4), 'zzzz'))
    await rm(join(mesh.home('agent-0'), 'store'), { recursive: true })
    await mesh.startAgent(0)
    const hunt = await mesh.launch(pending)
    expect(hunt.answers).toMatchObject([{ status: 'refused', reason: 'history-lost' }])
    for (const { action } of [first, second])
      await until(async () =>
        (await mesh.ledger(0, action)).some(
          ({ status }) => status === (action === first.action ? 'refused' : 'interrupted'),
        ),
      )
    expect(runner.runs).toHaveLength(2)
  })

  it('goes on with its ledger after a crash that left half a line', async () => {
    await using mesh = await createMesh({ agents: 1, runner: quickRunner() })
    await mesh.known(1)
    const before = await mesh.hunt({ operations: [FILE_SEARCH] })
    await mesh.stopAgent(0)
    await appendFile(join(mesh.home('agent-0'), 'ledger'), '{"time":"2026-11-2')
    await mesh.startAgent(0)
    const after = await mesh.hunt({ operations: [FILE_SEARCH] })
    // Reading it follows the chain, and fails where it is broken.
    for (const { action } of [before, after])
      expect((await mesh.ledger(0, action)).map(({ event }) => event)).toContain('ran')
  })

  it('runs nothing twice when its store was deleted and its journal was not', async () => {
    const runner = quickRunner()
    await using mesh = await createMesh({ agents: 1, runner })
    await mesh.known(1)
    const hunt = await mesh.hunt({ operations: [FILE_SEARCH] })
    const isDelivered = async (times: number): Promise<boolean> =>
      (await mesh.ledger(0, hunt.action)).filter(({ event }) => event === 'delivered').length ===
      times
    await until(() => isDelivered(1))
    await mesh.stopAgent(0)
    await rm(join(mesh.home('agent-0'), 'store'), { recursive: true })
    await mesh.startAgent(0)
    await until(() => isDelivered(2))
    const statuses = (await mesh.ledger(0, hunt.action)).filter(({ event }) => event === 'ran')
    expect(statuses.map(({ status }) => status)).toEqual(['success', 'interrupted'])
    expect(runner.runs).toHaveLength(1)
    const evidence = await mesh.investigator.api.evidence(hunt.action)
    expect(evidence.results).toHaveLength(1)
    expect(evidence.conflicts).toEqual([])
    const { answers } = await mesh.investigator.api.report(hunt.action)
    expect(answers).toEqual(hunt.answers)
  })
})

describe('a second answer of one agent', () => {
  it('that differs is kept as a conflict, and the first one stands', async () => {
    await using mesh = await createMesh({ agents: 1, runner: quickRunner() })
    await using hostile = await openHostile(mesh)
    await mesh.known(1)
    const hunt = await mesh.hunt({ operations: [FILE_SEARCH] })
    const changed = { ...hunt.answers[0]!, status: 'failed' as const, detail: 'or not' }
    const reply = await deliver(mesh, hostile, changed)
    expect(reply.type).toBe('ack')
    const evidence = await mesh.investigator.api.evidence(hunt.action)
    expect(evidence.conflicts).toHaveLength(1)
    const { answers } = await mesh.investigator.api.report(hunt.action)
    expect(answers).toEqual(hunt.answers)
  })

  it('in the name of another agent is not taken', async () => {
    await using mesh = await createMesh({ agents: 2, runner: quickRunner() })
    await using hostile = await openHostile(mesh)
    await mesh.known(2)
    const hunt = await mesh.hunt({ operations: [FILE_SEARCH] })
    const other = mesh.agents[1]!.peer.network.self
    const reply = await deliver(mesh, hostile, { ...hunt.answers[0]!, agent: other })
    expect(reply.type).toBe('unwanted')
    const evidence = await mesh.investigator.api.evidence(hunt.action)
    expect([evidence.results.length, evidence.conflicts.length]).toEqual([2, 0])
  })
})

/** Carries an answer that is signed with the key of agent-0, whatever it says. */
async function deliver(
  mesh: TestMesh,
  hostile: Awaited<ReturnType<typeof openHostile>>,
  answer: Answer,
): Promise<ResultReply> {
  const { signatures } = mesh.agents[0]!.peer
  const payload = encodeAnswer(answer)
  const sig = signatures.sign(pae('result', payload))
  const { bytes } = buildEnvelope('result', payload, [{ keyid: answer.agent, sig }])
  const { action, agent } = answer
  const { sealed = bytes } = await seal(bytes, {
    recipients: [mesh.reply.sealing],
    context: sealContext(action, agent),
  })
  const address = mesh.investigator.peer.network.addresses()[0]!
  const frames = await hostile.frames(address, PROTOCOLS.result)
  const header = { action, agent, size: sealed.length, digest: sha256Hex(sealed) }
  await frames.write(encodeFrame(header))
  const first = decodeFrame(resultReply, await frames.read())
  if (first.type !== 'send') return first
  await frames.write(sealed)
  return decodeFrame(resultReply, await frames.read())
}
