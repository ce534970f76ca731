/** The ladder's manual: every rung, and every attack that must fail at it. */
import * as openpgp from 'openpgp'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { toBase64, toUtf8 } from '../../node/core/bytes.ts'
import {
  buildEnvelope,
  DOCUMENT_SIZE_LIMIT as LIMIT,
  type Envelope,
} from '../../node/core/envelope.ts'
import type { Fingerprint } from '../../node/core/ids.ts'
import { parsePolicy } from '../../node/core/policy.ts'
import { parseTarget } from '../../node/core/target/parse.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, toInstant } from '../../node/core/time.ts'
import { signDetached, type TestKey, withUnhashedArea } from '../helpers/test-keys.ts'
import {
  actionFields,
  AGENT,
  cancelFields,
  changed,
  keyFor,
  memberFields,
  normalized,
  NOW_MS,
  OTHER_MESH,
  policyFile,
  type RawEnvelope,
  rawOf,
  revokeKeyFields,
  SEALING,
  sign,
  textOf,
} from '../helpers/documents.ts'
import {
  memoryRecords,
  NEIGHBOUR,
  openLadder,
  outcome,
  STRANGER,
  type TestLadder,
} from '../helpers/ladder.ts'

vi.mock(import('../../node/core/target/parse.ts'), async (original) => {
  const actual = await original()
  return { ...actual, parseTarget: vi.fn(actual.parseTarget) }
})

const [alice, alice2, bob, carol, erin, dave, frank, mallory] = await Promise.all([
  keyFor('Alice'),
  keyFor('Alice at home'),
  keyFor('Bob'),
  keyFor('Carol'),
  keyFor('Erin', { subkeys: 2 }),
  keyFor('Dave', { expiresAfterMs: 99 * DAY_MS }),
  keyFor('Frank'),
  keyFor('Mallory'),
])
const everybody = { alice: 1, bob: 1, carol: 1, erin: 1, dave: 1, frank: 1 }
const { publicKey } = await openpgp.revokeKey({ key: frank.privateKey, format: 'object' })
const revokedFrank = { ...frank, armored: publicKey.armor() }
const policy = policyFile({
  people: {
    alice: [alice, alice2],
    bob: [bob],
    carol: [carol],
    erin: [erin],
    dave: [dave],
    frank: [revokedFrank],
  },
  acl: {
    default: [1, everybody],
    memory: [2, { alice: 1, bob: 1, erin: 1 }],
    yara: [3, { alice: 2, bob: 1 }],
    '@cancel': [1, everybody],
    '@revoke': [2, everybody],
  },
})

let ladder: TestLadder
beforeEach(async () => {
  ladder = await openLadder(policy)
  vi.mocked(parseTarget).mockClear()
})

type Make = () => Uint8Array | Envelope | Promise<Uint8Array | Envelope>
/** What is judged, by its description. */
type Table = Readonly<Record<string, Make>>
const FREE = { verifications: 0 }

/** One test a row: what the ladder says of it, and how many checks of signatures it may cost. */
function says(expected: string, table: Table, cost?: { readonly verifications: number }): void {
  it.each(Object.entries(table))(`%s: ${expected}`, async (_, make) => {
    const made = await make()
    const verdict = await ladder.climb(made instanceof Uint8Array ? made : made.bytes)
    expect(outcome(verdict)).toBe(expected)
    if (cost !== undefined) expect(ladder.verifications()).toBe(cost.verifications)
    if (cost?.verifications === 0) expect(parseTarget).not.toHaveBeenCalled()
  })
}

const action = (change: Record<string, unknown> = {}, keys = [alice]): Promise<Envelope> =>
  sign('action', actionFields(change), keys)
const good = await action()
const both = await action({}, [alice, bob])
const revokeAlice = await sign('revoke', revokeKeyFields(alice.fingerprint), [alice])
const revokeAgent = {
  ...revokeKeyFields(''),
  subject: { kind: 'agent', peer: AGENT },
}

const asking = (...modules: readonly string[]): Record<string, unknown> => ({
  operations: modules.map((module) => ({ module, parameters: {} })),
})
const deep = (levels: number): Record<string, unknown> => ({
  operations: [
    { module: 'file', parameters: JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown },
  ],
})

/** An action by Erin alone, with one of her two signing subkeys. */
async function signedBySubkey(index: number, module = 'netstat'): Promise<Envelope> {
  const envelope = await action(asking(module), [erin])
  const keyId = erin.publicKey.subkeys[index]!.getKeyID()
  const sig = await signDetached(erin, envelope.signed, { createdMs: NOW_MS, keyId })
  const signatures = [{ keyid: erin.fingerprint, sig: normalized(sig) }]
  return buildEnvelope('action', envelope.payload, signatures)
}

/** The good envelope, its text or its fields bent. */
const text = (edit: (text: string) => string) => () => toUtf8(edit(textOf(good)))
const fields = (change: (raw: RawEnvelope) => unknown) => () => changed(good, change)
const payload = (base64: (payload: string) => string) =>
  fields((raw) => void (raw.payload = base64(raw.payload)))
const signature = (change: (raw: RawEnvelope['signatures'][number]) => unknown) =>
  fields((raw) => void (raw.signatures = raw.signatures.map((each) => change(each) as typeof each)))
/** Signed well, over the good payload's text with one part replaced; or over other bytes. */
const written = (from: string, to: string) => () =>
  sign('action', toUtf8(JSON.stringify(actionFields()).replace(from, to)), [alice])
const bytes = (made: Uint8Array) => () => sign('action', made, [alice])

describe('a good document', () => {
  says('accept', {
    'an action with enough weight': () => good,
    'an action signed by two': () => both,
    'a cancellation': () => sign('cancel', cancelFields(), [alice]),
    'a revocation by two': () => sign('revoke', revokeKeyFields(carol.fingerprint), [alice, bob]),
  })

  it('says who signed, and when it may be forgotten', async () => {
    const verdict = await ladder.climb(both.bytes)
    const signers = [alice.fingerprint, bob.fingerprint].toSorted()
    expect(verdict).toMatchObject({
      value: { kind: 'action', signers, expiresAtMs: NOW_MS + HOUR_MS + 5 * MINUTE_MS },
    })
    const people = verdict.kind === 'accept' ? [...verdict.value.people] : []
    expect(people.toSorted()).toEqual(['alice', 'bob'])
  })
})

describe('rung 1, size', () => {
  says('reject too-large', { 'one byte too many': () => new Uint8Array(LIMIT + 1) }, FREE)
  says(
    'reject malformed-envelope',
    { nothing: () => new Uint8Array(), 'noise of the largest size': () => new Uint8Array(LIMIT) },
    FREE,
  )
})

describe('rung 2, the envelope has one spelling', () => {
  const many = Array.from({ length: 17 }, (_, at) => at.toString(16).padStart(40, '0'))
  says(
    'reject malformed-envelope',
    {
      'a byte order mark': text((all) => `\uFEFF${all}`),
      'a space at its end': text((all) => `${all} `),
      'a line break inside': text((all) => all.replace(',', ',\n')),
      'not UTF-8': () => Uint8Array.of(...good.bytes, 0xff),
      'a key twice': text((all) => all.replace('{', '{"payload":"e30=",')),
      'an escape that need not be': text((all) => all.replace('"pay', '"\\u0070ay')),
      'a prototype': text((all) => all.replace('{', '{"__proto__":{},')),
      'fields in another order': fields((raw) =>
        Object.fromEntries(Object.entries(raw).toReversed()),
      ),
      "a signature's fields in another order": signature(({ keyid, sig }) => ({ sig, keyid })),
      'an unknown field': fields((raw) => ({ ...raw, note: 1 })),
      'an unknown field of a signature': signature((raw) => ({ ...raw, cert: '' })),
      'a payload type nobody knows': fields((raw) => void (raw.payloadType += ';v=2')),
      'payload in URL-safe base64': payload(() => Buffer.from('"??>>~~"').toString('base64url')),
      'payload with loose padding bits': payload(() => 'e31='),
      'payload without padding': payload(() => 'e30'),
      'payload with a line break': payload((all) => `${all.slice(0, 64)}\n${all.slice(64)}`),
      'signature with loose padding bits': signature((raw) => ({ ...raw, sig: 'AB==' })),
      'no signature': fields((raw) => void (raw.signatures = [])),
      '17 signatures': fields(
        (raw) => void (raw.signatures = many.map((keyid) => ({ keyid, sig: 'AAAA' }))),
      ),
      'signatures out of order': () => changed(both, (raw) => void raw.signatures.reverse()),
      'one key twice': fields((raw) => void raw.signatures.push(...raw.signatures)),
      'keyid in capitals': signature((raw) => ({ ...raw, keyid: raw.keyid.toUpperCase() })),
      'keyid is a short key id': signature((raw) => ({ ...raw, keyid: raw.keyid.slice(-16) })),
      'keyid is a peer id': signature((raw) => ({ ...raw, keyid: AGENT })),
    },
    FREE,
  )
})

describe('rung 3, the payload is what its type says', () => {
  says(
    'reject not-gossip',
    {
      'a result by gossip': () => sign('result', {}, [alice]),
      'a presence by gossip': () => sign('presence', {}, [alice]),
    },
    FREE,
  )
  const ends = { validfrom: toInstant(NOW_MS), expireafter: toInstant(NOW_MS + 30 * DAY_MS + 1) }
  const node = { peer: AGENT, sealing: SEALING, addresses: [] }
  says(
    'reject malformed-payload',
    {
      'not JSON': bytes(toUtf8('id')),
      'not UTF-8': bytes(Uint8Array.of(0x22, 0xff, 0x22)),
      'a byte order mark': bytes(toUtf8(`\uFEFF${JSON.stringify(actionFields())}`)),
      'spare white space': bytes(toUtf8(JSON.stringify(actionFields(), null, 1))),
      'a key twice, one for each reader': written('"name"', '"target":"true","name"'),
      'keys like integers that readers reorder': written('{"listen', '{"b":1,"1":1,"listen'),
      'a number that readers round': written('"seq":1', '"seq":9007199254740993'),
      'minus zero': written('"seq":1', '"seq":-0'),
      'parameters with a prototype': written('{"listen', '{"__proto__":{"x":1},"listen'),
      'parameters 100 levels deep': () => action(deep(100)),
      'parameters 3,000 levels deep': () => action(deep(3000)),
      '40,000 levels of nothing': bytes(toUtf8('['.repeat(40_000) + ']'.repeat(40_000))),
      'an unknown field': () => action({ priority: 1 }),
      'a field missing': () => action({ nonce: undefined }),
      'no operations': () => action(asking()),
      '65 operations': () => action(asking(...Array.from({ length: 65 }, () => 'file'))),
      'a module named like a control entry': () => action(asking('@cancel')),
      'five nodes to answer to': () => action({ replyto: Array.from({ length: 5 }, () => node) }),
      "MIG's syntax 2": () => action({ syntaxversion: 2 }),
      'a life of 30 days and a millisecond': () => action(ends),
      'an end before its beginning': () => action({ expireafter: toInstant(NOW_MS - DAY_MS) }),
      'a time in another spelling': () => action({ expireafter: '2026-03-01T13:00:00Z' }),
      'a target one character too long': () => action({ target: 'x'.repeat(4097) }),
      'a target of 180 KB, well signed': () => action({ target: `'${"a','".repeat(45_000)}'` }),
      'an action presented as a cancellation': () =>
        sign('cancel', actionFields(), [alice], { as: 'action' }),
      'a cancellation presented as an action': () =>
        sign('action', cancelFields(), [alice], { as: 'cancel' }),
    },
    FREE,
  )
  says(
    'reject too-large',
    { 'a target of 250 KB': () => action({ target: 'x'.repeat(250_000) }) },
    FREE,
  )
  says('accept', { 'parameters as deep as any module needs': () => action(deep(60)) })
})

describe('rung 4, made for this mesh', () => {
  const elsewhere = { ...revokeKeyFields(bob.fingerprint), mesh: OTHER_MESH }
  says(
    'reject wrong-mesh',
    {
      'an action of another mesh': () => action({ mesh: OTHER_MESH }),
      'a revocation of another mesh': () => sign('revoke', elsewhere, [alice, bob]),
    },
    FREE,
  )
  says('reject bad-signature', {
    'an action of another mesh, re-aimed at this one': async () => {
      const { signatures } = rawOf(await action({ mesh: OTHER_MESH }))
      return changed(good, (raw) => ({ ...raw, signatures }))
    },
    'an action whose target somebody changed': async () => {
      const { signatures } = rawOf(await action({ target: "name = 'db1'" }))
      return changed(good, (raw) => ({ ...raw, signatures }))
    },
  })
})

describe('rung 5, its time', () => {
  const SKEW = 5 * MINUTE_MS
  const ending = (ms: number): Promise<Envelope> => action({ expireafter: toInstant(ms) })
  /** Signed by somebody whose clock is ahead by as much as clocks may be. */
  const beginning = (ms: number): Promise<Envelope> => {
    const times = { validfrom: toInstant(ms), expireafter: toInstant(ms + HOUR_MS) }
    return sign('action', actionFields(times), [alice], { createdMs: NOW_MS + SKEW })
  }
  const late = cancelFields({ expireafter: toInstant(NOW_MS - SKEW) })
  says(
    'ignore expired',
    {
      "expired by a clock's skew": () => ending(NOW_MS - SKEW),
      'a cancellation that has expired': () => sign('cancel', late, [alice]),
    },
    FREE,
  )
  says(
    'ignore too-early',
    { 'begins too late': () => beginning(NOW_MS + 7 * DAY_MS + SKEW + 1) },
    FREE,
  )
  says('accept', {
    'expired by a millisecond less than the skew': () => ending(NOW_MS - SKEW + 1),
    'begins in 7 days and the skew': () => beginning(NOW_MS + 7 * DAY_MS + SKEW),
    'not valid yet: it waits': () => beginning(NOW_MS + HOUR_MS),
  })
})

describe('rung 6, news', () => {
  it('ignores a replay without a check', async () => {
    await ladder.take(good.bytes)
    const before = ladder.verifications()
    expect(outcome(await ladder.take(good.bytes))).toBe('ignore already-accepted')
    expect(ladder.verifications()).toBe(before)
    expect(ladder.penalties).toEqual([])
  })

  it('ignores a replay after a restart', async () => {
    const records = memoryRecords()
    await (await openLadder(policy, { records })).take(good.bytes)
    const restarted = await openLadder(policy, { records })
    await restarted.intake.reread()
    expect(outcome(await restarted.take(good.bytes))).toBe('ignore already-accepted')
  })

  it('ignores other signatures of the same people', async () => {
    await ladder.take(good.bytes)
    const later = await sign('action', actionFields(), [alice], { createdMs: NOW_MS + 1000 })
    const home = await sign('action', actionFields(), [alice2])
    for (const { bytes } of [later, home]) {
      expect(outcome(await ladder.take(bytes))).toBe('ignore already-accepted')
    }
  })

  it('does not forget a document whose signature somebody strips', async () => {
    await ladder.take(both.bytes)
    const stripped = await action({}, [alice])
    expect(outcome(await ladder.take(stripped.bytes))).toBe('ignore already-accepted')
    expect(ladder.documents.accepted(both.documentId)?.id).toBe(both.id)
    expect(ladder.documents.has(stripped.id)).toBe(false)
  })

  it('believes the whole document after it was refused with a signature stripped', async () => {
    const whole = await action(asking('memory'), [alice, bob])
    const stripped = await action(asking('memory'), [alice])
    expect(outcome(await ladder.take(stripped.bytes))).toBe('ignore too-little-weight')
    expect(outcome(await ladder.take(whole.bytes))).toBe('accept')
  })

  it('takes a strict superset of the people in the place of what it has', async () => {
    await ladder.take(good.bytes)
    expect(outcome(await ladder.take(both.bytes))).toBe('accept')
    expect(ladder.documents.accepted(good.documentId)?.id).toBe(both.id)
    expect(ladder.documents.has(good.id)).toBe(false)
  })

  it('does not take more people who lack one of the known', async () => {
    await ladder.take(good.bytes)
    const before = ladder.verifications()
    const others = await action({}, [bob, carol])
    expect(outcome(await ladder.take(others.bytes))).toBe('ignore already-accepted')
    expect(ladder.verifications()).toBe(before)
  })
})

describe('rung 7, people known and weight enough, by their claims', () => {
  const revoke = (of: { fingerprint: string }, by: TestKey) => () =>
    sign('revoke', revokeKeyFields(of.fingerprint), [by])
  says(
    'ignore unknown-signer',
    {
      'a signer nobody knows': () => action({}, [mallory]),
      'one known, one unknown signer': () => action({}, [alice, mallory]),
      'a cancellation by somebody nobody knows': () => sign('cancel', cancelFields(), [mallory]),
    },
    FREE,
  )
  says(
    'ignore too-little-weight',
    {
      'one person where two are needed': () => action(asking('memory'), [alice]),
      'two keys of one person': () => action(asking('memory'), [alice, alice2]),
      'a person whom the module does not list': () => action(asking('memory'), [alice, carol]),
      'enough for one of two operations': () => action(asking('netstat', 'memory'), [alice]),
      'a member: no entry, and no default for it': () =>
        sign('member', memberFields(), [alice, bob, carol]),
      "somebody else's key revoked by one": revoke(bob, alice),
      'an unknown key revoked by one': revoke(mallory, alice),
      'an agent revoked by one': () => sign('revoke', revokeAgent, [alice]),
    },
    FREE,
  )
  says('accept', {
    "a weight of two and another's of one": () => action(asking('yara'), [alice, bob]),
    'enough for both operations': () => action(asking('netstat', 'memory'), [alice, bob]),
    "one's own key revoked by its owner": revoke(alice, alice),
    "one's own key revoked with one's other key": revoke(alice, alice2),
    'an agent revoked by two': () => sign('revoke', revokeAgent, [alice, bob]),
  })

  it.each(['netstat', 'constructor', 'default', 'to-string'])(
    'denies module %s where it has no entry and there is no default',
    async (module) => {
      const strict = await openLadder({ ...policy, acl: { file: policy.acl['default']! } })
      const said = async (name: string): Promise<string> =>
        outcome(await strict.climb((await action(asking(name))).bytes))
      expect(await said(module)).toBe('ignore too-little-weight')
      expect(await said('file')).toBe('accept')
    },
  )

  it('counts two subkeys of one primary as one person', async () => {
    const [one, other] = [await signedBySubkey(0, 'memory'), await signedBySubkey(1, 'memory')]
    const [first, second] = [rawOf(one).signatures[0]!, rawOf(other).signatures[0]!]
    expect(first.sig).not.toBe(second.sig)
    expect(outcome(await ladder.climb(one.bytes))).toBe('ignore too-little-weight')
    // Both under the primary's name are no envelope, and one under its own name is by nobody.
    const under = (keyid: string): Uint8Array =>
      changed(one, (raw) => {
        raw.signatures = [first, { ...second, keyid }].toSorted((a, b) =>
          a.keyid < b.keyid ? -1 : 1,
        )
      })
    const subkey = erin.publicKey.subkeys[1]!.getFingerprint()
    expect(outcome(await ladder.climb(under(first.keyid)))).toBe('reject malformed-envelope')
    expect(outcome(await ladder.climb(under(subkey)))).toBe('ignore unknown-signer')
    expect(ladder.verifications()).toBe(0)
  })

  it('refuses to load a policy that lists a key twice', () => {
    const claims = [{ alice: [alice], bob: [bob, alice] }, { alice: [alice, alice] }]
    for (const people of claims) {
      expect(() => parsePolicy(policyFile({ people, acl: {} }))).toThrow(/claimed by alice already/)
    }
  })

  it('keeps at most 1,000 documents and 64 MiB of one signer', async () => {
    const bounds = [
      { documents: 999, bytes: 64 * 2 ** 20 - 1, expected: 'accept' },
      { documents: 1000, bytes: 0, expected: 'ignore too-many' },
      { documents: 0, bytes: 64 * 2 ** 20, expected: 'ignore too-many' },
    ]
    for (const { expected, ...load } of bounds) {
      const full = await openLadder(policy, { load })
      expect(outcome(await full.climb(good.bytes))).toBe(expected)
      expect(outcome(await full.climb((await sign('cancel', cancelFields(), [alice])).bytes))).toBe(
        'accept',
      )
    }
  })

  it('keeps room in which a signer whose actions fill everything can cancel, but not without end', async () => {
    const cancel = await sign('cancel', cancelFields(), [alice])
    for (const [documents, expected] of [
      [1999, 'accept'],
      [2000, 'ignore too-many'],
    ] as const) {
      const full = await openLadder(policy, { load: { documents, bytes: 0 } })
      expect(outcome(await full.climb(cancel.bytes))).toBe(expected)
    }
  })

  it('never lets a full disk keep a key from being revoked', async () => {
    const revocation = await sign('revoke', revokeKeyFields(alice.fingerprint), [alice])
    const full = await openLadder(policy, { load: { documents: 9999, bytes: 2 ** 40 } })
    expect(outcome(await full.climb(revocation.bytes))).toBe('accept')
  })

  it('takes no cancel that would outlive every action', async () => {
    const expireafter = toInstant(NOW_MS + 60 * DAY_MS)
    const cancel = await sign('cancel', cancelFields({ expireafter }), [alice])
    expect(outcome(await ladder.climb(cancel.bytes))).toBe('ignore too-early')
  })
})

describe('revocations', () => {
  it('take effect on what comes after', async () => {
    await ladder.take(revokeAlice.bytes)
    const before = ladder.verifications()
    expect(outcome(await ladder.climb(good.bytes))).toBe('ignore signer-revoked')
    expect(ladder.verifications()).toBe(before)
  })

  it('leave standing what others signed beside the revoked, if they weigh enough', async () => {
    await ladder.take(revokeAlice.bytes)
    expect(outcome(await ladder.climb(both.bytes))).toBe('accept')
  })

  it('take effect on a document whose signatures are being checked', async () => {
    ladder.duringVerification(async () => void (await ladder.take(revokeAlice.bytes)))
    expect(outcome(await ladder.climb(good.bytes))).toBe('ignore signer-revoked')
  })

  it('count for a newcomer though the key that made them has expired since, and so do cancellations', async () => {
    const createdMs = NOW_MS - 2 * DAY_MS
    const revoke = await sign('revoke', revokeKeyFields(bob.fingerprint), [alice, dave], {
      createdMs,
    })
    const cancel = await sign('cancel', cancelFields(), [dave], { createdMs })
    expect(outcome(await ladder.climb(revoke.bytes))).toBe('accept')
    expect(outcome(await ladder.climb(cancel.bytes))).toBe('accept')
  })

  it('revoke the same keys in whatever order they come, so that newcomers trust nobody else', async () => {
    const mutual = await Promise.all([
      sign('revoke', revokeKeyFields(alice.fingerprint), [bob, carol]),
      sign('revoke', revokeKeyFields(bob.fingerprint), [alice, carol]),
      sign('revoke', revokeKeyFields(carol.fingerprint), [carol]),
    ])
    for (const order of [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ]) {
      const newcomer = await openLadder(policy)
      for (const index of order) await newcomer.take(mutual[index]!.bytes)
      const trusted = [alice, bob, carol].filter(
        ({ fingerprint }) => !newcomer.trust.isRevoked(fingerprint as Fingerprint),
      )
      expect(trusted).toEqual([])
    }
  })

  it('need as much weight from revoked people, and every signature good', async () => {
    await ladder.take(revokeAlice.bytes)
    const alone = await sign('revoke', revokeKeyFields(bob.fingerprint), [alice])
    expect(outcome(await ladder.climb(alone.bytes))).toBe('ignore signer-revoked')
    const other = await sign('revoke', revokeKeyFields(carol.fingerprint), [alice])
    const revenge = await sign('revoke', revokeKeyFields(bob.fingerprint), [alice, carol])
    const spoilt = changed(revenge, (raw) => {
      const byAlice = raw.signatures.find(({ keyid }) => keyid === alice.fingerprint)
      byAlice!.sig = rawOf(other).signatures[0]!.sig
    })
    expect(outcome(await ladder.climb(spoilt))).toBe('reject bad-signature')
    expect(outcome(await ladder.climb(revenge.bytes))).toBe('accept')
  })

  it('are kept once for each subject', async () => {
    await ladder.take(revokeAlice.bytes)
    const again = { ...revokeKeyFields(alice.fingerprint), reason: 'once more' }
    const repeated = await sign('revoke', again, [alice])
    expect(outcome(await ladder.take(repeated.bytes))).toBe('ignore already-revoked')
    expect(ladder.documents.ids('revoke')).toHaveLength(1)
  })
})

describe('rung 8, signatures', () => {
  const early = NOW_MS - HOUR_MS - 7 * DAY_MS
  const late = NOW_MS + 5 * MINUTE_MS
  const at =
    (createdMs: number, key = alice) =>
    () =>
      sign('action', actionFields(), [key], { createdMs })
  const sigOf = (from: Envelope): string => rawOf(from).signatures[0]!.sig
  const by = (sig: () => string | Promise<string>) => async () => {
    const made = await sig()
    return changed(good, (raw) => void (raw.signatures[0]!.sig = made))
  }
  const ONE = { verifications: 1 }
  says(
    'accept',
    {
      'signed 7 days before it begins': at(early),
      "signed within a clock's skew from now": at(late),
      'signed by one subkey': () => signedBySubkey(0),
      'signed by another subkey': () => signedBySubkey(1),
    },
    ONE,
  )
  says(
    'reject bad-signature',
    {
      'over other bytes': by(async () => sigOf(await action({ seq: 2 }))),
      'of an action, presented as of a cancellation': () =>
        sign('cancel', cancelFields(), [alice], { as: 'action' }),
      'of a cancellation, presented as of an action': () =>
        sign('action', actionFields(), [alice], { as: 'cancel' }),
      noise: by(() => 'AAAA'),
      'no bytes': by(() => ''),
      'two signatures for one': by(() =>
        toBase64(Buffer.concat([good.signatures[0]!.sig, good.signatures[0]!.sig])),
      ),
      "bytes in OpenPGP's unsigned area": by(() =>
        toBase64(withUnhashedArea(good.signatures[0]!.sig, Uint8Array.of(2, 100, 0))),
      ),
    },
    ONE,
  )
  says(
    'ignore signature-time',
    {
      'backdated by a second too many': at(early - SECOND_MS),
      'postdated by a second too many': at(late + SECOND_MS),
    },
    ONE,
  )
  says(
    'ignore signer-expired',
    { 'by a key that has expired since': at(NOW_MS - 2 * DAY_MS, dave) },
    ONE,
  )
  says('ignore signer-revoked', { 'by a key that its owner revoked': at(NOW_MS, frank) }, ONE)
  says(
    'ignore unknown-signer',
    { "bob's under alice's name": by(async () => sigOf(await action({}, [bob]))) },
    ONE,
  )

  it('stop at the first that fails', async () => {
    const [first, second] = [alice, bob].toSorted((a, b) =>
      a.fingerprint < b.fingerprint ? -1 : 1,
    )
    const wrong = changed(both, (raw) => void (raw.signatures[0]!.sig = 'AAAA'))
    expect(await ladder.climb(wrong)).toMatchObject({
      code: 'bad-signature',
      detail: expect.stringContaining(first!.fingerprint),
    })
    expect(ladder.verifications()).toBe(1)
    const late = changed(both, (raw) => void (raw.signatures[1]!.sig = 'AAAA'))
    expect(await ladder.climb(late)).toMatchObject({
      code: 'bad-signature',
      detail: expect.stringContaining(second!.fingerprint),
    })
    expect(ladder.verifications()).toBe(3)
  })

  it("are not checked for a neighbour that used up its budget, which is nobody else's trouble", async () => {
    while (ladder.budget.take(NEIGHBOUR, 1));
    expect(outcome(await ladder.climb(good.bytes))).toBe('ignore busy')
    expect(ladder.verifications()).toBe(0)
    expect(outcome(await ladder.climb(good.bytes, { from: STRANGER, by: 'sync' }))).toBe('accept')
    expect(outcome(await ladder.climb(good.bytes, 'own'))).toBe('accept')
  })

  it('cost a neighbour nothing when they are good', async () => {
    for (let count = 0; count < 500; count += 1) await ladder.climb(good.bytes)
    expect(outcome(await ladder.climb(good.bytes))).toBe('accept')
  })
})

describe('rung 9, the target', () => {
  says(
    'reject bad-target',
    { 'that cannot be read': () => action({ target: "name = '" }) },
    { verifications: 1 },
  )

  it('is not looked at before every signature is known good', async () => {
    const hostile = `name IN (${"'a',".repeat(1000)}'a')`
    const bad = changed(
      await action({ target: hostile }, [alice, bob]),
      (raw) => void (raw.signatures[1]!.sig = 'AAAA'),
    )
    expect(outcome(await ladder.climb(bad))).toBe('reject bad-signature')
    expect(parseTarget).not.toHaveBeenCalled()
    const unknown = await action({ target: hostile }, [mallory])
    expect(outcome(await ladder.climb(unknown.bytes))).toBe('ignore unknown-signer')
    expect(parseTarget).not.toHaveBeenCalled()
    await ladder.climb(good.bytes)
    expect(parseTarget).toHaveBeenCalledOnce()
  })
})

describe('the verdict cache', () => {
  it('makes the same refused bytes cost one check', async () => {
    const bad = changed(good, (raw) => void (raw.signatures[0]!.sig = 'AAAA'))
    for (let count = 0; count < 3; count += 1) {
      expect(outcome(await ladder.take(bad))).toBe('reject bad-signature')
    }
    expect(ladder.verifications()).toBe(1)
    expect(ladder.penalties).toHaveLength(3)
  })

  it('forgets when trust changes', async () => {
    const [one, other] = [good, both].map((envelope) =>
      changed(envelope, (raw) => void (raw.signatures[0]!.sig = 'AAAA')),
    )
    await ladder.climb(one!)
    ladder.trust.revoke(carol.fingerprint as Fingerprint)
    await ladder.climb(other!)
    await ladder.climb(one!)
    expect(ladder.verifications()).toBe(3)
  })

  it('does not hold a wrong clock against a document', async () => {
    ladder.clock.nowMs = NOW_MS + 400 * DAY_MS
    expect(outcome(await ladder.climb(good.bytes))).toBe('ignore expired')
    ladder.clock.nowMs = NOW_MS
    expect(outcome(await ladder.climb(good.bytes))).toBe('accept')
    const createdMs = NOW_MS - 2 * DAY_MS
    const byDave = await sign('action', actionFields(), [dave], { createdMs })
    expect(outcome(await ladder.climb(byDave.bytes))).toBe('ignore signer-expired')
    ladder.clock.nowMs = NOW_MS - 1.5 * DAY_MS
    expect(outcome(await ladder.climb(byDave.bytes))).toBe('accept')
  })

  it('holds no long texts of strangers', async () => {
    const keys = Object.fromEntries(Array.from({ length: 9000 }, (_, index) => [`k${index}`, 0]))
    const verdict = await ladder.climb((await action(keys)).bytes)
    expect(outcome(verdict)).toBe('reject malformed-payload')
    expect(verdict.kind !== 'accept' && verdict.detail.length).toBeLessThanOrEqual(256)
  })
})
