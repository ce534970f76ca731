/** An agent's answer: what it may say, and that it is read as it was signed. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPlainJson, toUtf8 } from '../../node/core/bytes.ts'
import {
  type Answer,
  answerStatus,
  encodeAnswer,
  foundAnything,
  operationStatus,
  parseAnswer,
  REFUSAL_REASONS,
  type RefusalReason,
} from '../../node/core/result.ts'
import { toInstant } from '../../node/core/time.ts'
import { AGENT, MESH, NOW_MS } from '../helpers/documents.ts'

const operation = {
  module: 'file',
  status: 'success',
  foundanything: true,
  success: true,
  elements: { s1: [{ file: '/etc/passwd' }] },
  statistics: { filescount: 1 },
  errors: [],
} as const
const wire = {
  mesh: MESH,
  action: 'a'.repeat(64),
  agent: AGENT,
  name: 'db1',
  status: 'success',
  at: toInstant(NOW_MS),
  results: [operation],
}
const read = (change: object): Answer => parseAnswer(toUtf8(JSON.stringify({ ...wire, ...change })))

const json = fc.jsonValue({ maxDepth: 3 }).filter((value) => isPlainJson(value))
const text = fc.string({ maxLength: 40 })
const anyAnswer = fc.record(
  {
    mesh: fc.constant(MESH),
    action: fc.constant('a'.repeat(64)),
    agent: fc.constant(AGENT),
    name: text,
    status: fc.constantFrom(...answerStatus.options),
    reason: fc.constantFrom(...(Object.keys(REFUSAL_REASONS) as RefusalReason[])),
    detail: text,
    startedat: fc.integer({ min: 0, max: NOW_MS }),
    at: fc.integer({ min: 0, max: NOW_MS }),
    results: fc.array(
      fc.record({
        module: fc.constant('file'),
        status: fc.constantFrom(...operationStatus.options),
        foundanything: fc.boolean(),
        success: fc.boolean(),
        elements: json,
        statistics: json,
        errors: fc.array(text, { maxLength: 3 }),
      }),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: ['mesh', 'action', 'agent', 'name', 'status', 'at', 'results'] },
) as unknown as fc.Arbitrary<Answer>

describe('an answer', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(anyAnswer, (answer) => {
        const written = JSON.parse(JSON.stringify(answer)) as Answer
        expect(parseAnswer(encodeAnswer(answer))).toEqual(written)
      }),
    )
  })

  it.each([
    ['status', { status: 'done' }],
    ['reason', { reason: 'no idea' }],
    ['agent', { agent: 'QmRSA' }],
    ['action', { action: 'a'.repeat(63) }],
    ['name', { name: 'x'.repeat(257) }],
    ['at', { at: '2026-03-01' }],
    ['results', { results: Array.from({ length: 65 }, () => operation) }],
    ['results[0].module', { results: [{ ...operation, module: '' }] }],
    ['results[0].status', { results: [{ ...operation, status: 'refused' }] }],
    ['results[0].elements', { results: [{ ...operation, elements: undefined }] }],
    ['results[0].errors', { results: [{ ...operation, errors: Array(1001).fill('x') }] }],
    ['results[0].errors[0]', { results: [{ ...operation, errors: ['x'.repeat(1025)] }] }],
    ['results[0]', { results: [{ ...operation, stdout: 'root:x:0:0' }] }],
  ])('is refused by the name of the field: %s', (path, change) => {
    expect(() => read(change)).toThrow(
      expect.objectContaining({
        code: 'PAYLOAD_MALFORMED',
        message: expect.stringContaining(`not a valid result: ${path}: `),
      }),
    )
  })

  it('found something when any operation did', () => {
    const nothing = { ...operation, foundanything: false }
    expect(foundAnything(read({ results: [] }))).toBe(false)
    expect(foundAnything(read({ results: [nothing] }))).toBe(false)
    expect(foundAnything(read({ results: [nothing, operation] }))).toBe(true)
  })
})
