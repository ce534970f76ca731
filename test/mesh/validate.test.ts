/** The ladder's manual: every rung, and every attack that must fail at it. */
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { toUtf8 } from '../../node/core/bytes.ts'
import { DOCUMENT_SIZE_LIMIT, type Envelope } from '../../node/core/envelope.ts'
import { parsePolicy } from '../../node/core/policy.ts'
import { parseTarget } from '../../node/core/target/parse.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, toInstant } from '../../node/core/time.ts'
import { withUnhashedArea } from '../helpers/test-keys.ts'
import {
  actionFields,
  AGENT,
  cancelFields,
  changed,
  keyFor,
  memberFields,
  NOW_MS,
  OTHER_MESH,
  policyFile,
  revokeKeyFields,
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

const [alice, alice2, bob, carol, erin, dave, mallory] = await Promise.all([
  keyFor('Alice'),
  keyFor('Alice at home'),
  keyFor('Bob'),
  keyFor('Carol'),
  keyFor('Erin', { subkeys: 2 }),
  keyFor('Dave', { expiresAfterMs: 99 * DAY_MS }),
  keyFor('Mallory'),
])
const everybody = { alice: 1, bob: 1, carol: 1, erin: 1, dave: 1 }
const policy = policyFile({
  people: { alice: [alice, alice2], bob: [bob], carol: [carol], erin: [erin], dave: [dave] },
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

type Bytes = Uint8Array | Envelope
type Row = readonly [what: string, expected: string, make: () => Bytes | Promise<Bytes>]

const bytesOf = (made: Bytes): Uint8Array => (made instanceof Uint8Array ? made : made.bytes)

/** One test a row: what is judged, what the ladder says, what it cost. */
function rows(table: readonly Row[], cost?: { verifications: number }): void {
  it.each(table)('%s: %s', async (_, expected, make) => {
    const verdict = await ladder.climb(bytesOf(await make()))
    expect(outcome(verdict)).toBe(expected)
    if (cost !== undefined) expect(ladder.verifications()).toBe(cost.verifications)
    if (cost?.verifications === 0) expect(parseTarget).not.toHaveBeenCalled()
  })
}

const action = (change: Record<string, unknown> = {}, keys = [alice]): Promise<Envelope> =>
  sign('action', actionFields(change), keys)
const good = await action()
const both = await action({}, [alice, bob])
const asking = (...modules: readonly string[]): Record<string, unknown> => ({
  operations: modules.map((module) => ({ module, parameters: {} })),
})
const edited = (edit: (text: string) => string, of = good): Uint8Array => toUtf8(edit(textOf(of)))
const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels))

const revokeAlice = await sign('revoke', revokeKeyFields(alice.fingerprint), [alice])

describe('a good document', () => {
  rows([
    ['an action with enough weight', 'accept', () => good],
    ['signed by two people', 'accept', () => both],
    ['a cancellation', 'accept', () => sign('cancel', cancelFields(), [alice])],
    [
      'a revocation',
      'accept',
      () => sign('revoke', revokeKeyFields(carol.fingerprint), [alice, bob]),
    ],
  ])

  it('says who signed, and when it may be forgotten', async () => {
    const verdict = await ladder.climb(both.bytes)
    const signers = [alice.fingerprint, bob.fingerprint].toSorted()
    expect(verdict).toMatchObject({
      value: { kind: 'action', signers, expiresAtMs: NOW_MS + HOUR_MS + 5 * MINUTE_MS },
    })
    expect(verdict.kind === 'accept' && [...verdict.value.people].toSorted()).toEqual([
      'alice',
      'bob',
    ])
  })
})

describe('rung 1, size', () => {
  rows(
    [
      ['one byte too many', 'reject too-large', () => new Uint8Array(DOCUMENT_SIZE_LIMIT + 1)],
      ['nothing', 'reject malformed-envelope', () => new Uint8Array()],
      [
        'noise of the largest size',
        'reject malformed-envelope',
        () => new Uint8Array(DOCUMENT_SIZE_LIMIT),
      ],
    ],
    { verifications: 0 },
  )
})

describe('rung 2, the envelope has one spelling', () => {
  rows(
    [
      ['a byte order mark', 'reject malformed-envelope', () => edited((text) => `\uFEFF${text}`)],
      ['a space at its end', 'reject malformed-envelope', () => edited((text) => `${text} `)],
      [
        'a line break inside',
        'reject malformed-envelope',
        () => edited((text) => text.replace(',', ',\n')),
      ],
      ['not UTF-8', 'reject malformed-envelope', () => Uint8Array.of(...good.bytes, 0xff)],
      [
        'a key twice',
        'reject malformed-envelope',
        () => edited((text) => text.replace('{', '{"payload":"e30=",')),
      ],
      [
        'an escape that need not be',
        'reject malformed-envelope',
        () => edited((text) => text.replace('"payload"', '"\\u0070ayload"')),
      ],
      [
        'fields in another order',
        'reject malformed-envelope',
        () =>
          changed(good, ({ signatures, payload, payloadType }) => ({
            signatures,
            payload,
            payloadType,
          })),
      ],
      [
        "a signature's fields in another order",
        'reject malformed-envelope',
        () =>
          changed(
            good,
            (raw) =>
              void (raw.signatures = raw.signatures.map(({ keyid, sig }) => ({ sig, keyid }))),
          ),
      ],
      [
        'an unknown field',
        'reject malformed-envelope',
        () => changed(good, (raw) => ({ ...raw, note: 1 })),
      ],
      [
        'an unknown field of a signature',
        'reject malformed-envelope',
        () => changed(good, (raw) => void (raw.signatures[0]!['cert'] = '')),
      ],
      [
        'a prototype',
        'reject malformed-envelope',
        () => edited((text) => text.replace('{', '{"__proto__":{},')),
      ],
      [
        'payload in URL-safe base64',
        'reject malformed-envelope',
        () =>
          changed(
            good,
            (raw) => void (raw.payload = Buffer.from('{"a":"??>>~~"}').toString('base64url')),
          ),
      ],
      [
        'payload with loose padding bits',
        'reject malformed-envelope',
        () => changed(good, (raw) => void (raw.payload = 'e31=')),
      ],
      [
        'payload without padding',
        'reject malformed-envelope',
        () => changed(good, (raw) => void (raw.payload = 'e30')),
      ],
      [
        'payload with a line break',
        'reject malformed-envelope',
        () =>
          changed(
            good,
            (raw) => void (raw.payload = `${raw.payload.slice(0, 64)}\n${raw.payload.slice(64)}`),
          ),
      ],
      [
        'signature with loose padding bits',
        'reject malformed-envelope',
        () => changed(good, (raw) => void (raw.signatures[0]!.sig = 'AB==')),
      ],
      [
        'no signature',
        'reject malformed-envelope',
        () => changed(good, (raw) => void (raw.signatures = [])),
      ],
      [
        '17 signatures',
        'reject malformed-envelope',
        () =>
          changed(
            good,
            (raw) =>
              void (raw.signatures = Array.from({ length: 17 }, (_, index) => ({
                ...raw.signatures[0]!,
                keyid: index.toString(16).padStart(40, '0'),
              }))),
          ),
      ],
      [
        'signatures out of order',
        'reject malformed-envelope',
        () => changed(both, (raw) => void raw.signatures.reverse()),
      ],
      [
        'one key twice',
        'reject malformed-envelope',
        () => changed(good, (raw) => void raw.signatures.push(raw.signatures[0]!)),
      ],
      [
        'keyid in capitals',
        'reject malformed-envelope',
        () =>
          changed(good, (raw) => void (raw.signatures[0]!.keyid = alice.fingerprint.toUpperCase())),
      ],
      [
        'keyid is a short key id',
        'reject malformed-envelope',
        () =>
          changed(good, (raw) => void (raw.signatures[0]!.keyid = alice.fingerprint.slice(-16))),
      ],
      [
        'keyid is a peer id',
        'reject malformed-envelope',
        () => changed(good, (raw) => void (raw.signatures[0]!.keyid = AGENT)),
      ],
      [
        'a payload type nobody knows',
        'reject malformed-envelope',
        () => changed(good, (raw) => void (raw.payloadType = 'application/vnd.mig.shell+json')),
      ],
    ],
    { verifications: 0 },
  )
})

describe('rung 3, the payload is what its type says', () => {
  rows(
    [
      ['a result by gossip', 'reject not-gossip', () => sign('result', {}, [alice])],
      ['a presence by gossip', 'reject not-gossip', () => sign('presence', {}, [alice])],
      ['not JSON', 'reject malformed-payload', () => sign('action', toUtf8('id'), [alice])],
      [
        'not UTF-8',
        'reject malformed-payload',
        () => sign('action', Uint8Array.of(0x22, 0xff, 0x22), [alice]),
      ],
      [
        'a byte order mark',
        'reject malformed-payload',
        () => sign('action', toUtf8(`\uFEFF${JSON.stringify(actionFields())}`), [alice]),
      ],
      [
        'spare white space',
        'reject malformed-payload',
        () => sign('action', toUtf8(JSON.stringify(actionFields(), null, 1)), [alice]),
      ],
      [
        'a key twice: one for the reader, one for the host',
        'reject malformed-payload',
        () =>
          sign(
            'action',
            toUtf8(JSON.stringify(actionFields()).replace('"name"', '"target":"true","name"')),
            [alice],
          ),
      ],
      [
        'keys like integers that a reader would reorder',
        'reject malformed-payload',
        () =>
          sign(
            'action',
            toUtf8(
              JSON.stringify(actionFields()).replace(
                '{"listeningport"',
                '{"b":1,"1":1,"listeningport"',
              ),
            ),
            [alice],
          ),
      ],
      [
        'a number that a reader would round',
        'reject malformed-payload',
        () =>
          sign(
            'action',
            toUtf8(JSON.stringify(actionFields()).replace('"seq":1', '"seq":9007199254740993')),
            [alice],
          ),
      ],
      [
        'minus zero',
        'reject malformed-payload',
        () =>
          sign('action', toUtf8(JSON.stringify(actionFields()).replace('"seq":1', '"seq":-0')), [
            alice,
          ]),
      ],
      [
        'parameters with a prototype',
        'reject malformed-payload',
        () =>
          sign(
            'action',
            toUtf8(
              JSON.stringify(actionFields()).replace(
                '{"listeningport"',
                '{"__proto__":{"x":1},"listeningport"',
              ),
            ),
            [alice],
          ),
      ],
      [
        'parameters 100 levels deep',
        'reject malformed-payload',
        () => action({ operations: [{ module: 'file', parameters: nested(100) }] }),
      ],
      [
        'parameters 3,000 levels deep',
        'reject malformed-payload',
        () => action({ operations: [{ module: 'file', parameters: nested(3000) }] }),
      ],
      [
        'parameters 40,000 levels deep',
        'reject malformed-payload',
        () => sign('action', toUtf8('['.repeat(40_000) + ']'.repeat(40_000)), [alice]),
      ],
      ['an unknown field', 'reject malformed-payload', () => action({ priority: 1 })],
      ['a field missing', 'reject malformed-payload', () => action({ nonce: undefined })],
      ['no operations', 'reject malformed-payload', () => action({ operations: [] })],
      [
        '65 operations',
        'reject malformed-payload',
        () => action(asking(...Array.from({ length: 65 }, () => 'file'))),
      ],
      [
        'a module named like a control entry',
        'reject malformed-payload',
        () => action(asking('@cancel')),
      ],
      [
        'five nodes to answer to',
        'reject malformed-payload',
        () =>
          action({
            replyto: Array.from({ length: 5 }, () => ({
              peer: AGENT,
              sealing: 'A'.repeat(43),
              addresses: [],
            })),
          }),
      ],
      ["MIG's syntax 2", 'reject malformed-payload', () => action({ syntaxversion: 2 })],
      [
        'a life of 30 days and a millisecond',
        'reject malformed-payload',
        () =>
          action({
            validfrom: toInstant(NOW_MS),
            expireafter: toInstant(NOW_MS + 30 * DAY_MS + 1),
          }),
      ],
      [
        'an end before its beginning',
        'reject malformed-payload',
        () => action({ validfrom: toInstant(NOW_MS + 1), expireafter: toInstant(NOW_MS) }),
      ],
      [
        'a time in another spelling',
        'reject malformed-payload',
        () => action({ expireafter: '2026-03-01T13:00:00Z' }),
      ],
      [
        'a target one character too long',
        'reject malformed-payload',
        () => action({ target: 'x'.repeat(4097) }),
      ],
      [
        'a target of 250 KB, unsigned',
        'reject too-large',
        () =>
          changed(
            good,
            (raw) =>
              void (raw.payload = Buffer.from(
                JSON.stringify(actionFields({ target: 'x'.repeat(250_000) })),
              ).toString('base64')),
          ),
      ],
      [
        'a target as large as fits, well signed',
        'reject malformed-payload',
        () => action({ target: `name IN (${"'a',".repeat(45_000)}'a')` }),
      ],
      [
        'an action presented as a cancellation',
        'reject malformed-payload',
        () => sign('cancel', actionFields(), [alice], { as: 'action' }),
      ],
      [
        'a cancellation presented as an action',
        'reject malformed-payload',
        () => sign('action', cancelFields(), [alice], { as: 'cancel' }),
      ],
    ],
    { verifications: 0 },
  )

  it('takes parameters as deep as modules may ever need', async () => {
    const deep = await action({ operations: [{ module: 'file', parameters: nested(60) }] })
    expect(outcome(await ladder.climb(deep.bytes))).toBe('accept')
  })
})

describe('rung 4, made for this mesh', () => {
  rows(
    [
      ['an action of another mesh', 'reject wrong-mesh', () => action({ mesh: OTHER_MESH })],
      [
        'a revocation of another mesh',
        'reject wrong-mesh',
        () =>
          sign('revoke', { ...revokeKeyFields(bob.fingerprint), mesh: OTHER_MESH }, [alice, bob]),
      ],
    ],
    { verifications: 0 },
  )
  rows([
    [
      're-aimed at this mesh under its old signature',
      'reject bad-signature',
      () =>
        sign('action', actionFields({ mesh: OTHER_MESH }), [alice]).then((other) =>
          changed(
            other,
            (raw) =>
              void (raw.payload =
                good.payload.length > 0 ? Buffer.from(good.payload).toString('base64') : ''),
          ),
        ),
    ],
  ])
})

describe('rung 5, its time', () => {
  const SKEW = 5 * MINUTE_MS
  const ending = (ms: number): Promise<Envelope> => action({ expireafter: toInstant(ms) })
  const beginning = (ms: number): Promise<Envelope> =>
    action({ validfrom: toInstant(ms), expireafter: toInstant(ms + HOUR_MS) })
  rows([
    ["expired by a clock's skew", 'ignore expired', () => ending(NOW_MS - SKEW)],
    ['expired by a millisecond less', 'accept', () => ending(NOW_MS - SKEW + 1)],
    [
      'a cancellation that has expired',
      'ignore expired',
      () => sign('cancel', cancelFields({ expireafter: toInstant(NOW_MS - SKEW) }), [alice]),
    ],
    ['begins in 7 days and the skew', 'accept', () => beginning(NOW_MS + 7 * DAY_MS + SKEW)],
    [
      'begins a millisecond later',
      'ignore too-early',
      () => beginning(NOW_MS + 7 * DAY_MS + SKEW + 1),
    ],
    ['not valid yet: it waits', 'accept', () => beginning(NOW_MS + HOUR_MS)],
  ])
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
    const others = await action({}, [bob, carol])
    expect(outcome(await ladder.take(others.bytes))).toBe('ignore already-accepted')
  })
})

describe('rung 7, people known and weight enough, by their claims', () => {
  rows(
    [
      ['a signer nobody knows', 'ignore unknown-signer', () => action({}, [mallory])],
      [
        'one known, one unknown signer',
        'ignore unknown-signer',
        () => action({}, [alice, mallory]),
      ],
      ['too little weight', 'ignore too-little-weight', () => action(asking('memory'), [alice])],
      [
        'two keys of one person',
        'ignore too-little-weight',
        () => action(asking('memory'), [alice, alice2]),
      ],
      [
        'a person whom the module does not list',
        'ignore too-little-weight',
        () => action(asking('memory'), [alice, carol]),
      ],
      [
        'too little weight for one of several operations',
        'ignore too-little-weight',
        () => action(asking('netstat', 'memory'), [alice]),
      ],
      [
        'a cancellation by nobody it lists',
        'ignore unknown-signer',
        () => sign('cancel', cancelFields(), [mallory]),
      ],
      [
        'a member: no entry, and control entries have no default',
        'ignore too-little-weight',
        () => sign('member', memberFields(), [alice, bob, carol]),
      ],
      [
        'a revocation of somebody else by one',
        'ignore too-little-weight',
        () => sign('revoke', revokeKeyFields(bob.fingerprint), [alice]),
      ],
      [
        'a revocation of an agent by one',
        'ignore too-little-weight',
        () =>
          sign(
            'revoke',
            { mesh: policy.mesh.id, subject: { kind: 'agent', peer: AGENT }, reason: '' },
            [alice],
          ),
      ],
      [
        'a revocation of an unknown key by one',
        'ignore too-little-weight',
        () => sign('revoke', revokeKeyFields(mallory.fingerprint), [alice]),
      ],
    ],
    { verifications: 0 },
  )
  rows([
    [
      "one person whose weight is enough with another's",
      'accept',
      () => action(asking('yara'), [alice, bob]),
    ],
    [
      'everybody that each operation asks for',
      'accept',
      () => action(asking('netstat', 'memory'), [alice, bob]),
    ],
    [
      "one's own key revoked by its owner",
      'accept',
      () => sign('revoke', revokeKeyFields(alice.fingerprint), [alice]),
    ],
    [
      "one's own key revoked with one's other key",
      'accept',
      () => sign('revoke', revokeKeyFields(alice.fingerprint), [alice2]),
    ],
    [
      'an agent revoked by two',
      'accept',
      () =>
        sign(
          'revoke',
          { mesh: policy.mesh.id, subject: { kind: 'agent', peer: AGENT }, reason: '' },
          [alice, bob],
        ),
    ],
  ])

  it('denies a module with no entry where there is no default', async () => {
    const strict = await openLadder({ ...policy, acl: { file: policy.acl['default']! } })
    expect(outcome(await strict.climb((await action(asking('netstat'))).bytes))).toBe(
      'ignore too-little-weight',
    )
    expect(outcome(await strict.climb((await action(asking('file'))).bytes))).toBe('accept')
  })

  it.each(['constructor', 'default', 'to-string'])(
    'weighs module %s like any other',
    async (module) => {
      const strict = await openLadder({ ...policy, acl: { file: policy.acl['default']! } })
      expect(outcome(await strict.climb((await action(asking(module))).bytes))).toBe(
        'ignore too-little-weight',
      )
    },
  )

  it('counts two subkeys of one primary as one person', async () => {
    const [first, second] = erin.publicKey.subkeys.map((subkey) => subkey.getKeyID())
    expect(first?.equals(second!)).toBe(false)
    const twice = await action(asking('memory'), [erin])
    const sig = twice.signatures[0]!.sig
    const forged = changed(twice, (raw) => {
      const subkey = erin.publicKey.subkeys[1]!.getFingerprint()
      raw.signatures.push({ keyid: subkey, sig: Buffer.from(sig).toString('base64') })
      raw.signatures.sort((a, b) => (a.keyid < b.keyid ? -1 : 1))
    })
    expect(outcome(await ladder.climb(forged))).toBe('ignore unknown-signer')
    expect(outcome(await ladder.climb(twice.bytes))).toBe('ignore too-little-weight')
  })

  it('refuses to load a policy that lists a key twice', () => {
    const { people } = policyFile({ people: { alice: [alice], bob: [bob, alice] }, acl: {} })
    expect(() => parsePolicy({ ...policy, people })).toThrow(/claimed by alice already/)
    const twice = policyFile({ people: { alice: [alice, alice] }, acl: {} })
    expect(() => parsePolicy({ ...policy, ...twice })).toThrow(/claimed by alice already/)
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

  it('keeps room in which a signer whose actions fill everything can revoke, but not without end', async () => {
    const revocation = await sign('revoke', revokeKeyFields(alice.fingerprint), [alice])
    for (const [documents, expected] of [
      [1999, 'accept'],
      [2000, 'ignore too-many'],
    ] as const) {
      const full = await openLadder(policy, { load: { documents, bytes: 0 } })
      expect(outcome(await full.climb(revocation.bytes))).toBe(expected)
    }
  })
})

describe('revocations', () => {
  it('take effect on what comes after', async () => {
    await ladder.take(revokeAlice.bytes)
    const before = ladder.verifications()
    expect(outcome(await ladder.climb(good.bytes))).toBe('ignore signer-revoked')
    expect(outcome(await ladder.climb(both.bytes))).toBe('ignore signer-revoked')
    expect(ladder.verifications()).toBe(before)
  })

  it('take effect on a document whose signatures are being checked', async () => {
    ladder.duringVerification(async () => void (await ladder.take(revokeAlice.bytes)))
    expect(outcome(await ladder.climb(good.bytes))).toBe('ignore signer-revoked')
  })

  it('cannot be made by a revoked key', async () => {
    await ladder.take(revokeAlice.bytes)
    const revenge = await sign('revoke', revokeKeyFields(bob.fingerprint), [alice, carol])
    expect(outcome(await ladder.take(revenge.bytes))).toBe('ignore signer-revoked')
    expect(ladder.trust.isRevoked(bob.fingerprint as never)).toBe(false)
  })
})

describe('rung 8, signatures', () => {
  const early = NOW_MS - HOUR_MS - 7 * DAY_MS
  const at = (createdMs: number): Promise<Envelope> =>
    sign('action', actionFields(), [alice], { createdMs })
  const swapped = (envelope: Envelope, from: Envelope): Uint8Array =>
    changed(
      envelope,
      (raw) =>
        void (raw.signatures[0]!.sig = Buffer.from(from.signatures[0]!.sig).toString('base64')),
    )
  rows(
    [
      [
        'a signature over other bytes',
        'reject bad-signature',
        async () => swapped(good, await action({ seq: 2 })),
      ],
      [
        "a signature over an action presented as a cancellation's",
        'reject bad-signature',
        () => sign('cancel', cancelFields(), [alice], { as: 'action' }),
      ],
      [
        "a cancellation's signature on an action",
        'reject bad-signature',
        () => sign('action', actionFields(), [alice], { as: 'cancel' }),
      ],
      [
        'noise for a signature',
        'reject bad-signature',
        () => changed(good, (raw) => void (raw.signatures[0]!.sig = 'AAAA')),
      ],
      [
        'no bytes for a signature',
        'reject bad-signature',
        () => changed(good, (raw) => void (raw.signatures[0]!.sig = '')),
      ],
      [
        "bob's signature under alice's name",
        'ignore unknown-signer',
        async () => swapped(good, await action({}, [bob])),
      ],
      [
        "bytes in OpenPGP's unsigned area",
        'reject bad-signature',
        () =>
          changed(
            good,
            (raw) =>
              void (raw.signatures[0]!.sig = Buffer.from(
                withUnhashedArea(good.signatures[0]!.sig, Uint8Array.of(2, 100, 0)),
              ).toString('base64')),
          ),
      ],
      ['a key that has expired', 'ignore signer-expired', () => action({}, [dave])],
      [
        "an expired key's signature from when it was valid",
        'ignore signer-expired',
        () => sign('action', actionFields(), [dave], { createdMs: NOW_MS - 2 * DAY_MS }),
      ],
      ['signed 7 days before it begins', 'accept', () => at(early)],
      ['backdated by a second more', 'ignore signature-time', () => at(early - 1000)],
      ["signed within a clock's skew from now", 'accept', () => at(NOW_MS + 5 * MINUTE_MS)],
      [
        'postdated by a second more',
        'ignore signature-time',
        () => at(NOW_MS + 5 * MINUTE_MS + 1000),
      ],
    ],
    { verifications: 1 },
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
    expect(outcome(await ladder.climb(good.bytes, { from: STRANGER }))).toBe('accept')
    expect(outcome(await ladder.climb(good.bytes, 'own'))).toBe('accept')
  })

  it('cost a neighbour nothing when they are good', async () => {
    for (let count = 0; count < 500; count += 1) await ladder.climb(good.bytes)
    expect(outcome(await ladder.climb(good.bytes))).toBe('accept')
  })
})

describe('rung 9, the target', () => {
  rows(
    [['a target that cannot be read', 'reject bad-target', () => action({ target: "name = '" })]],
    {
      verifications: 1,
    },
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
    const bad = changed(good, (raw) => void (raw.signatures[0]!.sig = 'AAAA'))
    await ladder.climb(bad)
    ladder.trust.revoke(carol.fingerprint as never)
    await ladder.climb(bad)
    expect(ladder.verifications()).toBe(2)
  })

  it('does not hold a wrong clock against a document', async () => {
    ladder.clock.nowMs = NOW_MS + 400 * DAY_MS
    expect(outcome(await ladder.climb(good.bytes))).toBe('ignore expired')
    const byDave = await sign(
      'cancel',
      cancelFields({ expireafter: toInstant(NOW_MS + 500 * DAY_MS) }),
      [dave],
      { createdMs: NOW_MS - 50 * DAY_MS },
    )
    expect(outcome(await ladder.climb(byDave.bytes))).toBe('ignore signer-expired')
    ladder.clock.nowMs = NOW_MS - 10 * DAY_MS
    expect(outcome(await ladder.climb(byDave.bytes))).toBe('accept')
    ladder.clock.nowMs = NOW_MS
    expect(outcome(await ladder.climb(good.bytes))).toBe('accept')
  })

  it('holds no long texts of strangers', async () => {
    const keys = Object.fromEntries(Array.from({ length: 9000 }, (_, index) => [`k${index}`, 0]))
    const verdict = await ladder.climb((await action(keys)).bytes)
    expect(outcome(verdict)).toBe('reject malformed-payload')
    expect(verdict.kind !== 'accept' && verdict.detail.length).toBeLessThanOrEqual(256)
  })
})
