/** An action: what may be signed, and that what is signed is read back the same. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Action,
  encodeAction,
  LIFETIME_LIMIT_MS,
  parseAction,
  TARGET_SIZE_LIMIT,
} from '../../node/core/action.ts'
import { isPlainJson, toBase64url } from '../../node/core/bytes.ts'
import { hasCode } from '../../node/core/errors.ts'
import { toInstant } from '../../node/core/time.ts'
import { actionFields, AGENT, MESH, NOW_MS, payloadOf, SEALING } from '../helpers/documents.ts'

const anyAction: fc.Arbitrary<Action> = fc.record({
  syntaxversion: fc.constant(3 as const),
  mesh: fc.constant(MESH),
  name: fc.string({ minLength: 1, maxLength: 256 }),
  target: fc.string({ minLength: 1, maxLength: 200 }),
  validfrom: fc.integer({ min: 0, max: NOW_MS }),
  expireafter: fc.integer({ min: NOW_MS + 1, max: NOW_MS + 1 }),
  operations: fc.array(
    fc.record({
      module: fc.constantFrom('file', 'netstat', 'memory'),
      parameters: fc.jsonValue({ maxDepth: 3 }).filter((value) => isPlainJson(value)),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  replyto: fc.constant([]),
  answerwithin: fc.integer({ min: 0, max: 600_000 }),
  nonce: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(toBase64url),
  seq: fc.nat(),
}) as fc.Arbitrary<Action>
const timely = anyAction.map((action) => ({
  ...action,
  validfrom: action.expireafter - 1 - (action.validfrom % LIFETIME_LIMIT_MS),
}))

const refusal = (change: Record<string, unknown>): string => {
  try {
    parseAction(payloadOf(actionFields(change)))
    return 'taken'
  } catch (error) {
    return hasCode(error, 'PAYLOAD_MALFORMED') ? error.detail.reason : String(error)
  }
}

describe('an action', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(timely, (action) => {
        // JSON knows no minus zero; it is written as zero.
        const written = JSON.parse(JSON.stringify(action)) as Action
        expect(parseAction(encodeAction(action))).toEqual(written)
      }),
    )
  })

  it('is not made unless every peer would read it', () => {
    const action = parseAction(payloadOf(actionFields()))
    const invalid: readonly [Partial<Action>, string][] = [
      [{ operations: [] }, 'operations'],
      [{ validfrom: NaN }, 'validfrom'],
      [{ expireafter: Infinity }, 'expireafter'],
      [{ expireafter: 9e15 }, 'expireafter'],
      [{ expireafter: action.validfrom }, 'expireafter'],
      [{ target: '' }, 'target'],
      [{ operations: [{ module: 'file', parameters: { size: NaN } }] }, 'operations[0].parameters'],
      [
        { operations: [{ module: 'file', parameters: undefined as never }] },
        'operations[0].parameters',
      ],
    ]
    for (const [change, path] of invalid) {
      expect(() => encodeAction({ ...action, ...change })).toThrow(
        expect.objectContaining({
          code: 'ACTION_INVALID',
          detail: expect.objectContaining({ path }),
        }),
      )
    }
  })

  it.each([
    ['mesh', { mesh: MESH.toUpperCase() }],
    ['name', { name: '' }],
    ['name', { name: 'x'.repeat(257) }],
    ['target', { target: 'x'.repeat(TARGET_SIZE_LIMIT + 1) }],
    ['description.author', { description: { author: 1 } }],
    ['threat', { threat: { colour: 'red' } }],
    ['validfrom', { validfrom: '2026-03-01' }],
    ['validfrom', { validfrom: '2026-02-30T12:00:00.000Z' }],
    ['validfrom', { validfrom: 1_772_366_400_000 }],
    ['expireafter', { validfrom: toInstant(0), expireafter: toInstant(LIFETIME_LIMIT_MS + 1) }],
    ['operations[0].module', { operations: [{ module: 'File', parameters: {} }] }],
    ['operations[0].module', { operations: [{ module: '../file', parameters: {} }] }],
    ['operations[0].parameters', { operations: [{ module: 'file' }] }],
    ['operations[0]', { operations: [{ module: 'file', parameters: {}, shell: 'id' }] }],
    ['replyto[0].peer', { replyto: [{ peer: 'QmRSA', sealing: SEALING, addresses: [] }] }],
    ['replyto[0].sealing', { replyto: [{ peer: AGENT, sealing: 'A', addresses: [] }] }],
    [
      'replyto[0].addresses',
      { replyto: [{ peer: AGENT, sealing: SEALING, addresses: Array(9).fill('x') }] },
    ],
    ['answerwithin', { answerwithin: -1 }],
    ['answerwithin', { answerwithin: 600_001 }],
    ['nonce', { nonce: 'short' }],
    ['seq', { seq: 0.5 }],
  ])('is refused by the name of the field: %s of %j', (path, change) => {
    expect(refusal(change)).toMatch(new RegExp(`^${path.replace(/[[\]]/g, '\\$&')}: `))
  })

  it('may live for exactly 30 days', () => {
    expect(refusal({ validfrom: toInstant(0), expireafter: toInstant(LIFETIME_LIMIT_MS) })).toBe(
      'taken',
    )
  })

  it('names an unknown key, shortly, however many and long they are', () => {
    const keys = Object.fromEntries(
      Array.from({ length: 99 }, (_, at) => [`${at}`.padEnd(500, 'x'), 1]),
    )
    expect(refusal(keys).length).toBeLessThan(100)
    expect(refusal({ priority: 1 })).toBe('unknown key "priority"')
  })
})
