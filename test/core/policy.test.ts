/** The policy: everything ambiguous is refused at load, by the path of its field. */
import { describe, expect, it } from 'vitest'
import { hasCode } from '../../node/core/errors.ts'
import { parsePolicy } from '../../node/core/policy.ts'
import { AGENT, MESH, SEALING } from '../helpers/documents.ts'

const ALICE = 'a'.repeat(40)
const BOB = 'b'.repeat(64)
const policy = {
  policyversion: 1,
  mesh: { id: MESH, name: 'lab', secret: SEALING },
  people: { alice: { fingerprints: [ALICE] }, bob: { fingerprints: [BOB] } },
  keyring: [],
  acl: { default: { minimumweight: 1, investigators: { alice: 1, bob: 2 } } },
}
const entry = (change: object): object => ({
  ...policy,
  acl: { default: { ...policy.acl.default, ...change } },
})
const people = (change: object): object => ({ ...policy, people: { ...policy.people, ...change } })

const refusal = (raw: unknown): string => {
  try {
    parsePolicy(raw)
    return 'taken'
  } catch (error) {
    return hasCode(error, 'POLICY_INVALID')
      ? `${error.detail.path}: ${error.detail.reason}`
      : String(error)
  }
}

describe('parsePolicy', () => {
  it('fills in what a policy need not say', () => {
    expect(parsePolicy(policy)).toMatchObject({
      bootstrap: [],
      extraprivacymode: false,
      ceilings: { operationseconds: 300, memorymib: 256, resultmib: 16, rawlines: false },
      people: { alice: { nodes: [] } },
    })
  })

  it('maps every key to its one person', () => {
    expect([...parsePolicy(policy).personOf]).toEqual([
      [ALICE, 'alice'],
      [BOB, 'bob'],
    ])
  })

  it('has another hash whenever it says anything else', () => {
    const others = [
      policy,
      entry({ minimumweight: 2 }),
      people({ carol: { fingerprints: ['c'.repeat(40)] } }),
    ]
    expect(new Set(others.map((each) => parsePolicy(each).hash)).size).toBe(others.length)
    expect(parsePolicy(structuredClone(policy)).hash).toBe(parsePolicy(policy).hash)
  })

  it.each([
    [
      'a fingerprint claimed by two',
      people({ bob: { fingerprints: [ALICE] } }),
      `people.bob.fingerprints: ${ALICE} is claimed by alice already`,
    ],
    [
      'a fingerprint claimed twice by one',
      people({ alice: { fingerprints: [ALICE, ALICE] } }),
      `people.alice.fingerprints: ${ALICE} is claimed by alice already`,
    ],
    [
      'one person in two spellings',
      people({ Alice: { fingerprints: ['c'.repeat(40)] } }),
      'people.Alice: is alice in another spelling',
    ],
    [
      'one person in two Unicode forms',
      people({ ａlice: { fingerprints: ['c'.repeat(40)] } }),
      'people.ａlice: is alice in another spelling',
    ],
    [
      'a fingerprint in capitals',
      people({ bob: { fingerprints: [ALICE.toUpperCase()] } }),
      'people.bob.fingerprints[0]: must be a fingerprint of 40 or 64 lower-case hex digits',
    ],
    [
      'a short key id',
      people({ bob: { fingerprints: ['0123456789abcdef'] } }),
      'people.bob.fingerprints[0]: must be a fingerprint of 40 or 64 lower-case hex digits',
    ],
    [
      'a person without a key',
      people({ bob: { fingerprints: [] } }),
      'people.bob.fingerprints: must be a list that is not empty',
    ],
    [
      'weight 0',
      entry({ investigators: { alice: 0 } }),
      'acl.default.investigators.alice: a weight must be a positive integer',
    ],
    [
      'a negative weight',
      entry({ investigators: { alice: -1 } }),
      'acl.default.investigators.alice: a weight must be a positive integer',
    ],
    [
      'half a weight',
      entry({ investigators: { alice: 0.5 } }),
      'acl.default.investigators.alice: a weight must be a positive integer',
    ],
    [
      'minimumweight 0',
      entry({ minimumweight: 0 }),
      'acl.default.minimumweight: minimumweight must be a positive integer',
    ],
    [
      'an investigator who is nobody',
      entry({ investigators: { eve: 1 } }),
      'acl.default.investigators.eve: is not one of the people',
    ],
    [
      'an investigator called constructor',
      entry({ investigators: { constructor: 1 } }),
      'acl.default.investigators.constructor: is not one of the people',
    ],
    [
      'an unknown control entry',
      { ...policy, acl: { '@root': policy.acl.default } },
      'acl.@root: its name must be a module name',
    ],
    [
      'an unknown key',
      { ...policy, admin: 'eve' },
      ': unknown key "admin"; there are policyversion, mesh, people, keyring, acl, bootstrap, ceilings, extraprivacymode',
    ],
    [
      'a misspelt key',
      entry({ minimumweigth: 1 }),
      'acl.default: unknown key "minimumweigth"; did you mean "minimumweight"?',
    ],
    [
      'a mesh without secret',
      { ...policy, mesh: { id: MESH, name: 'lab' } },
      'mesh.secret: is missing; it must be a text',
    ],
    ['another version', { ...policy, policyversion: 2 }, 'policyversion: must be 1, not 2'],
    ['people as a list', { ...policy, people: [] }, 'people: must be an object, not a list'],
    [
      'a prototype',
      JSON.parse('{"people":{"__proto__":{"fingerprints":[]}}}'),
      ': must be plain JSON, without the key __proto__',
    ],
    [
      'a node that is no node',
      people({ bob: { fingerprints: [BOB], nodes: [{ peer: 'bob', sealing: SEALING }] } }),
      'people.bob.nodes[0].peer: must be an Ed25519 peer id (12D3KooW...)',
    ],
    [
      'ten minutes over what a host may grant',
      { ...policy, ceilings: { operationseconds: 4200 } },
      'ceilings.operationseconds: must be at most 3600, not 4200',
    ],
    ['nothing', undefined, ': must be plain JSON, without the key __proto__'],
  ])('refuses %s', (_, raw, reason) => {
    expect(refusal(raw)).toBe(reason)
  })

  it("takes names of any script, and each person's own nodes", () => {
    const named = people({
      'Čapek 2': { fingerprints: ['c'.repeat(40)], nodes: [{ peer: AGENT, sealing: SEALING }] },
    })
    expect(refusal(named)).toBe('taken')
  })
})
