/** From verdict to disk: stored before told, each once, and nothing that was believed is lost by a race or a restart. */
import { setImmediate } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { toBase64, toUtf8 } from '../../node/core/bytes.ts'
import { buildEnvelope, DOCUMENT_SIZE_LIMIT, type Envelope } from '../../node/core/envelope.ts'
import type { DocumentId, Fingerprint, PeerId } from '../../node/core/ids.ts'
import type { Records } from '../../node/core/ports.ts'
import { DAY_MS, HOUR_MS, toInstant } from '../../node/core/time.ts'
import {
  actionFields,
  AGENT,
  cancelFields,
  changed,
  keyFor,
  MESH,
  NOW_MS,
  payloadOf,
  policyFile,
  revokeKeyFields,
  sign,
} from '../helpers/documents.ts'
import {
  memoryRecords,
  NEIGHBOUR,
  openLadder,
  outcome,
  STRANGER,
  type TestLadder,
} from '../helpers/ladder.ts'
import type { TestKey } from '../helpers/test-keys.ts'

const [alice, bob, carol, dave] = await Promise.all([
  keyFor('Alice'),
  keyFor('Bob'),
  keyFor('Carol'),
  keyFor('Dave', { expiresAfterMs: 101 * DAY_MS }),
])
const everybody = { alice: 1, bob: 1, carol: 1, dave: 1 }
const policy = policyFile({
  people: { alice: [alice], bob: [bob], carol: [carol], dave: [dave] },
  acl: { default: [1, everybody], '@cancel': [1, everybody], '@revoke': [2, everybody] },
})
const action = (keys: readonly TestKey[], change = {}): Promise<Envelope> =>
  sign('action', actionFields(change), keys)
const revocation = (of: TestKey, by: readonly TestKey[]): Promise<Envelope> =>
  sign('revoke', revokeKeyFields(of.fingerprint), by)
const isRevoked = (ladder: TestLadder, key: TestKey): boolean =>
  ladder.trust.isRevoked(key.fingerprint as Fingerprint)

/** A disk that takes its time, so that races show. */
function slowRecords(): Records {
  const records = memoryRecords()
  return {
    ...records,
    async put(key, value) {
      for (let turn = 0; turn < 10; turn += 1) await setImmediate()
      return records.put(key, value)
    },
  }
}

let ladder: TestLadder
beforeEach(async () => {
  ladder = await openLadder(policy)
})

describe('an accepted document', () => {
  it('is on disk before neighbours are told, and everybody is told once', async () => {
    const told: unknown[] = []
    const good = await action([alice])
    ladder.intake.onStored((document, door) => {
      expect(ladder.documents.has(document.envelope.id)).toBe(true)
      told.push(document.envelope.id, door)
    })
    await ladder.take(good.bytes)
    await ladder.take(good.bytes, { from: STRANGER, by: 'sync' })
    expect(told).toEqual([good.id, { from: NEIGHBOUR, by: 'sync' }])
  })

  it('is handed on, and to the agent, while the disk still writes; who waits for the disk does', async () => {
    const records = memoryRecords()
    const disk = Promise.withResolvers<undefined>()
    const put: Records['put'] = async (key, value) => {
      await disk.promise
      await records.put(key, value)
    }
    const node = await openLadder(policy, { records: { ...records, put } })
    const told: string[] = []
    node.intake.onAccepted(() => void told.push('accepted'))
    node.intake.onStored(() => void told.push('stored'))
    const good = await action([alice])
    expect(outcome(await node.intake.hear(good.bytes, { from: NEIGHBOUR, by: 'sync' }))).toBe(
      'accept',
    )
    expect(told).toEqual(['accepted'])
    const taken = node
      .take(good.bytes, { from: STRANGER, by: 'sync' })
      .then(() => told.push('taken'))
    await setImmediate()
    expect(told).toEqual(['accepted'])
    disk.resolve(undefined)
    await taken
    expect(told).toEqual(['accepted', 'stored', 'taken'])
    expect(node.verifications()).toBe(1)
  })

  it('reaches every listener, though one of them fails', async () => {
    const told: string[] = []
    for (const on of [ladder.intake.onAccepted, ladder.intake.onStored]) {
      on(() => {
        throw new Error('a fault of our own')
      })
      on(({ kind }) => void told.push(kind))
    }
    expect(outcome(await ladder.take((await action([alice])).bytes))).toBe('accept')
    expect(told).toEqual(['action', 'action'])
  })

  it('is read back as it came', async () => {
    const good = await action([alice, bob])
    await ladder.take(good.bytes)
    expect(await ladder.documents.get(good.id)).toMatchObject({
      documentId: good.documentId,
      kind: 'action',
      bytes: good.bytes,
      signers: [alice.fingerprint, bob.fingerprint].toSorted(),
      expiresAtMs: NOW_MS + HOUR_MS + 5 * 60_000,
    })
  })

  it('may be stored another time when the disk failed', async () => {
    const records = memoryRecords()
    let isFull = true
    const put: Records['put'] = (key, value) =>
      isFull ? Promise.reject(new Error('ENOSPC')) : records.put(key, value)
    const node = await openLadder(policy, { records: { ...records, put } })
    const good = await action([alice])
    await expect(node.take(good.bytes)).rejects.toThrow('ENOSPC')
    expect(outcome(await node.intake.hear(good.bytes, { from: NEIGHBOUR, by: 'sync' }))).toBe(
      'accept',
    )
    await setImmediate()
    expect(node.documents.has(good.id)).toBe(false)
    isFull = false
    expect(outcome(await node.take(good.bytes))).toBe('accept')
  })
})

describe('at the same time', () => {
  it('the same bytes from two doors are judged once, and both doors pay for a lie', async () => {
    const bad = changed(await action([alice]), (raw) => void (raw.signatures[0]!.sig = 'AAAA'))
    const doors = [NEIGHBOUR, STRANGER].map((from) => ladder.take(bad, { from, by: 'sync' }))
    expect((await Promise.all(doors)).map(outcome)).toEqual(Array(2).fill('reject bad-signature'))
    expect(ladder.verifications()).toBe(1)
    expect(ladder.penalties.toSorted()).toEqual([
      `${NEIGHBOUR} bad-signature`,
      `${STRANGER} bad-signature`,
    ])
  })

  it('a neighbour without budget holds up no document that another brings', async () => {
    while (ladder.budget.take(NEIGHBOUR, 1));
    const good = await action([alice])
    const doors = [NEIGHBOUR, STRANGER].map((from) => ladder.take(good.bytes, { from, by: 'sync' }))
    expect((await Promise.all(doors)).map(outcome)).toEqual(['ignore busy', 'accept'])
  })

  it.each([
    ['the weaker first', [0, 1]],
    ['the stronger first', [1, 0]],
  ])('of two envelopes of one document the stronger is kept: %s', async (_, order) => {
    const node = await openLadder(policy, { records: slowRecords() })
    const envelopes = [await action([alice]), await action([alice, bob])]
    const told: number[] = []
    node.intake.onAccepted(({ people }) => void told.push(people.size))
    await Promise.all(order.map((which) => node.take(envelopes[which]!.bytes)))
    const [weak, strong] = envelopes
    expect(node.documents.accepted(strong!.documentId)?.id).toBe(strong!.id)
    expect(node.documents.has(weak!.id)).toBe(false)
    expect(told.at(-1)).toBe(2)
    expect(told).toEqual([...new Set(told)])
  })

  it('a weaker envelope that comes while the stronger is being written does not overwrite it', async () => {
    const records = memoryRecords()
    const gates = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
    const writing = Promise.withResolvers<undefined>()
    let writes = 0
    const put: Records['put'] = async (key, value) => {
      const gate = gates[writes]
      writes += 1
      writing.resolve(undefined)
      await gate?.promise
      return records.put(key, value)
    }
    const node = await openLadder(policy, { records: { ...records, put } })
    const [weak, strong] = [await action([alice]), await action([alice, bob])]
    const first = node.take(strong.bytes)
    await writing.promise
    const second = node.take(weak.bytes)
    // Judged after the second, so that the second has been judged when this is.
    for (const seq of [2, 3]) await node.climb((await action([carol], { seq })).bytes)
    gates[0]!.resolve(undefined)
    expect(outcome(await first)).toBe('accept')
    gates[1]!.resolve(undefined)
    expect(outcome(await second)).toBe('ignore already-accepted')
    expect(node.documents.accepted(strong.documentId)?.id).toBe(strong.id)
  })

  it('more people do not take the place of one who is not among them', async () => {
    const node = await openLadder(policy, { records: slowRecords() })
    const [first, second] = [await action([alice]), await action([bob, carol])]
    const verdicts = await Promise.all([node.take(first.bytes), node.take(second.bytes)])
    expect(verdicts.map(outcome).toSorted()).toEqual(['accept', 'ignore already-accepted'])
    expect(node.documents.ids('action')).toHaveLength(1)
  })

  it('no more than 24 MiB are judged', async () => {
    const noise = Array.from({ length: 97 }, (_, index) =>
      new Uint8Array(DOCUMENT_SIZE_LIMIT).fill(index),
    )
    const verdicts = (await Promise.all(noise.map((bytes) => ladder.take(bytes)))).map(outcome)
    expect(verdicts.filter((each) => each === 'ignore busy')).toHaveLength(1)
    expect(outcome(await ladder.take(noise[96]!))).toBe('reject malformed-envelope')
  })
})

describe('blame', () => {
  it('falls on who sent what nobody honest sends, and on nobody for anything else', async () => {
    const mallory = await keyFor('Mallory')
    const sent = [
      toUtf8('{}'),
      (await action([mallory])).bytes,
      new Uint8Array(DOCUMENT_SIZE_LIMIT + 1),
    ]
    for (const bytes of sent) await ladder.take(bytes)
    await ladder.take(toUtf8('{"own":1}'), 'own')
    expect(ladder.penalties).toEqual([`${NEIGHBOUR} malformed-envelope`, `${NEIGHBOUR} too-large`])
  })
})

describe('a peer that gossips what is ignored here', () => {
  const gossip = (bytes: Uint8Array): Promise<string> =>
    ladder.intake.hear(bytes, { from: NEIGHBOUR, by: 'gossip' }).then(outcome)
  const flood = async (documents: readonly Uint8Array[]): Promise<string[]> => {
    const outcomes: string[] = []
    for (const bytes of documents) outcomes.push(await gossip(bytes))
    return [...new Set(outcomes.slice(0, 100)), ...new Set(outcomes.slice(100))]
  }
  /** Ever new documents, as cheap to make as can be: the signature is one of something else. */
  const signedBy = async (key: TestKey, count: number): Promise<Uint8Array[]> => {
    const { signatures } = await action([key])
    const payloads = Array.from({ length: count }, (_, seq) =>
      payloadOf(actionFields({ seq: 1000 + seq })),
    )
    return payloads.map((payload) => buildEnvelope('action', payload, signatures).bytes)
  }

  it('is not read beyond its share, and what was good comes by sync or from another', async () => {
    const junk = await signedBy(await keyFor('Mallory'), 110)
    expect(await flood(junk)).toEqual(['ignore unknown-signer', 'ignore busy'])
    const [first, second] = [await action([alice]), await action([bob], { seq: 2 })]
    expect(await gossip(first.bytes)).toBe('ignore busy')
    expect(outcome(await ladder.take(first.bytes, { from: NEIGHBOUR, by: 'sync' }))).toBe('accept')
    const door = { from: STRANGER, by: 'gossip' } as const
    expect(outcome(await ladder.take(second.bytes, door))).toBe('accept')
    ladder.clock.nowMs += 1000
    expect(await gossip((await action([carol], { seq: 3 })).bytes)).toBe('accept')
  })

  it('pays nothing for what is held here or for our own bounds, but for ever new envelopes of it', async () => {
    const good = await action([alice, bob])
    await ladder.take(good.bytes)
    const repeated = Array<Uint8Array>(200).fill(good.bytes)
    expect(await flood(repeated)).toEqual(Array(2).fill('ignore already-accepted'))
    while (ladder.budget.take(NEIGHBOUR, 1));
    const unread = await signedBy(carol, 200)
    expect(await flood(unread)).toEqual(Array(2).fill('ignore busy'))
    const altered = Array.from({ length: 110 }, (_, index) =>
      changed(good, (raw) => void (raw.signatures[0]!.sig = toBase64(new Uint8Array([index])))),
    )
    expect(await flood(altered)).toEqual(['ignore already-accepted', 'ignore busy'])
  })
})

describe('after a restart', () => {
  const restart = async (
    documents: readonly Envelope[],
    change: { nowMs?: number; policy?: typeof policy } = {},
  ): Promise<{ node: TestLadder; held: readonly string[] }> => {
    const records = memoryRecords()
    const before = await openLadder(policy, { records })
    for (const { bytes } of documents) expect(outcome(await before.take(bytes))).toBe('accept')
    const node = await openLadder(change.policy ?? policy, { ...change, records })
    const held = await node.intake.reread()
    return { node, held: held.map(({ envelope }) => envelope.id) }
  }

  it('what was believed is believed again, and climbs the whole ladder for it', async () => {
    const documents = [await action([alice, bob]), await sign('cancel', cancelFields(), [carol])]
    const { node, held } = await restart(documents)
    expect(held.toSorted()).toEqual(documents.map(({ id }) => id).toSorted())
    expect(node.verifications()).toBe(3)
  })

  it('what has expired, or what a new policy does not believe, is not held', async () => {
    const document = await action([alice])
    expect((await restart([document], { nowMs: NOW_MS + DAY_MS })).held).toEqual([])
    const strict = { ...policy, acl: { default: { ...policy.acl['default']!, minimumweight: 2 } } }
    expect((await restart([document], { policy: strict })).held).toEqual([])
  })

  it('what a revoked key signed is not held, whatever the order on disk', async () => {
    const many = await Promise.all(Array.from({ length: 8 }, (_, seq) => action([alice], { seq })))
    const { node, held } = await restart([...many, await revocation(alice, [alice])])
    expect(held).toHaveLength(1)
    expect(isRevoked(node, alice)).toBe(true)
  })

  it('a revocation holds though those who made it were revoked later', async () => {
    // Made in both orders, so that one of them is the wrong one on disk.
    const chain = [
      await revocation(bob, [alice, carol]),
      await revocation(alice, [alice]),
      await revocation(carol, [carol]),
    ]
    const { node } = await restart(chain)
    expect([alice, bob, carol].map((key) => isRevoked(node, key))).toEqual([true, true, true])
  })

  it('a revocation holds though the key that made it has expired', async () => {
    const { node } = await restart([await revocation(bob, [alice, dave])], {
      nowMs: NOW_MS + 10 * DAY_MS,
    })
    expect(isRevoked(node, bob)).toBe(true)
  })

  it.each([
    ['the clock is behind', { nowMs: NOW_MS - 60 * DAY_MS }, []],
    ['whoever made it was revoked later', {}, [dave]],
  ])('a cancellation holds though %s', async (_, change, revoked) => {
    const expireafter = toInstant(NOW_MS + 20 * DAY_MS)
    const cancel = await sign('cancel', cancelFields({ expireafter }), [dave])
    const revocations = await Promise.all(revoked.map((key) => revocation(key, [alice, bob])))
    const { node, held } = await restart([cancel, ...revocations], change)
    expect(held).not.toContain(cancel.id)
    expect(node.trust.isCancelled('a'.repeat(64) as DocumentId)).toBe(true)
  })

  it('an agent that was revoked stays so', async () => {
    const subject = { kind: 'agent', peer: AGENT }
    const document = await sign('revoke', { mesh: MESH, subject, reason: '' }, [alice, bob])
    const { node } = await restart([document])
    expect(node.trust.isRevoked(AGENT as PeerId)).toBe(true)
  })

  it('a cancellation of an action that is not known yet is kept until that would have expired', async () => {
    const until = NOW_MS + 2 * DAY_MS
    const cancel = await sign('cancel', cancelFields({ expireafter: toInstant(until) }), [alice])
    expect((await restart([cancel], { nowMs: until })).held).toEqual([cancel.id])
    expect((await restart([cancel], { nowMs: until + HOUR_MS })).held).toEqual([])
  })
})
