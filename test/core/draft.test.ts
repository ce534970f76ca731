/** An unsigned action file becomes a complete action; MIG's own files load as they are. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CLOCK_SKEW_MS, encodeAction, parseAction } from '../../node/core/action.ts'
import { type Composition, compose, parseDraft } from '../../node/core/draft.ts'
import { hasCode } from '../../node/core/errors.ts'
import { DAY_MS, HOUR_MS, toInstant } from '../../node/core/time.ts'
import { parseTarget } from '../../node/core/target/parse.ts'
import { MESH, NOW_MS } from '../helpers/documents.ts'

/** Mozilla's files, where somebody put them beside the repository. They are not copied into it. */
const MIG_ACTIONS = new URL('../../../shared/mig-actions/', import.meta.url)
const hasMigActions = existsSync(MIG_ACTIONS)
const migFiles = hasMigActions
  ? readdirSync(MIG_ACTIONS).filter((name) => name.endsWith('.json'))
  : []

const composition: Composition = {
  mesh: MESH,
  replyto: [],
  answerwithin: 0,
  nonce: 'AAAAAAAAAAAAAAAAAAAAAA',
  nowMs: NOW_MS,
  expiryMs: HOUR_MS,
}
const operations = [{ module: 'file', parameters: { searches: { s1: { paths: ['/etc'] } } } }]
const minimal = { name: 'n', target: 'true', operations }
/** In MIG's shape of syntax 2: threat, description, and numbers as its authors wrote them. */
const syntax2 = {
  name: 'Shell in a web root',
  description: {
    author: 'A. Nonymous',
    email: 'a@example.org',
    url: 'https://example.org',
    revision: 201502120000.0,
  },
  target: "agents.queueloc LIKE 'linux.%'",
  threat: { family: 'backdoor', level: 'alert', ref: 'x-1', type: 'system' },
  operations,
  syntaxversion: 2,
}

const reasonFor = (raw: unknown): string => {
  try {
    parseDraft(raw)
    return 'taken'
  } catch (error) {
    return hasCode(error, 'ACTION_INVALID')
      ? `${error.detail.path}: ${error.detail.reason}`
      : String(error)
  }
}

describe('parseDraft', () => {
  it('reads a file of syntax 2, and it can be signed', () => {
    const action = compose(parseDraft(syntax2), composition)
    expect(parseAction(encodeAction(action))).toMatchObject({
      syntaxversion: 3,
      name: syntax2.name,
      threat: syntax2.threat,
      description: syntax2.description,
      operations,
    })
  })

  it("matches keys without regard to case, as Go does, but not the module's own", () => {
    const draft = parseDraft({
      Name: 'n',
      TARGET: 'true',
      Threat: { Level: 'low' },
      Description: { Author: 'a' },
      Operations: [{ Module: 'file', Parameters: { Searches: 1 } }],
    })
    expect(draft).toMatchObject({
      name: 'n',
      threat: { level: 'low' },
      description: { author: 'a' },
      operations: [{ module: 'file', parameters: { Searches: 1 } }],
    })
  })

  it("says which keys of a server's copy mean nothing", () => {
    const draft = parseDraft({ ...minimal, id: 1, Status: 'sent', pgpsignatures: [], nonce: 'x' })
    expect(draft.dropped).toEqual(['id', 'status', 'pgpsignatures', 'nonce'])
  })

  it("drops MIG's marks of compression where nothing is compressed", () => {
    const marked = { ...operations[0], want_compressed: true, is_compressed: false }
    expect(parseDraft({ ...minimal, operations: [marked] }).operations).toEqual(operations)
  })

  it.each([
    ['a list', [], ': must be a JSON object'],
    ['nothing', null, ': must be a JSON object'],
    [
      'a key nobody reads',
      { ...minimal, priority: 1 },
      ': unknown key "priority"; there are name, target, description, threat, validfrom, expireafter, operations, syntaxversion',
    ],
    [
      'a misspelt key, rather than the one that is missing for it',
      { name: 'n', taget: 'true', operations },
      ': unknown key "taget"; did you mean "target"?',
    ],
    [
      "an operation's misspelt key",
      { ...minimal, operations: [{ module: 'file', paramters: {} }] },
      'operations[0]: unknown key "paramters"; did you mean "parameters"?',
    ],
    ['a number for a text', { ...minimal, name: 5 }, 'name: must be a text, not 5'],
    [
      'a text for a list',
      { ...minimal, operations: 'file' },
      'operations: must be a list, not "file"',
    ],
    ['null', { ...minimal, target: null }, 'target: must be a text, not null'],
    [
      'a long name',
      { ...minimal, name: 'n'.repeat(257) },
      'name: must be a text of at most 256 characters, not 257',
    ],
    [
      'no parameters',
      { ...minimal, operations: [{ module: 'file' }] },
      'operations[0].parameters: is missing',
    ],
    ['a key in two spellings', { ...minimal, Target: 'false' }, 'target: is there twice'],
    [
      "an operation's key in two spellings",
      { ...minimal, operations: [{ ...operations[0], Module: 'x' }] },
      'operations[0].module: is there twice',
    ],
    [
      'a prototype',
      JSON.parse('{"__proto__":{},"name":"n"}'),
      ': unknown key "__proto__"; there are name, target, description, threat, validfrom, expireafter, operations, syntaxversion',
    ],
    ['no target', { ...minimal, target: undefined }, 'target: is missing; it must be a text'],
    [
      'no operations',
      { ...minimal, operations: [] },
      'operations: must be a list that is not empty',
    ],
    [
      'a time without zone',
      { ...minimal, validfrom: '2026-03-01T12:00:00' },
      'validfrom: must be an RFC 3339 time such as 2026-11-21T02:30:00Z',
    ],
    [
      'compressed parameters',
      { ...minimal, operations: [{ ...operations[0], is_compressed: true }] },
      'operations[0].is_compressed: must be false, not true',
    ],
    ['syntax 1', { ...minimal, syntaxversion: 1 }, 'syntaxversion: must be one of 2, 3, not 1'],
  ])('refuses %s by its name', (_, raw, reason) => {
    expect(reasonFor(raw)).toBe(reason)
  })
})

describe('compose', () => {
  it('begins one clock skew ago and ends when asked, where the file says nothing', () => {
    const action = compose(parseDraft(minimal), composition)
    expect(action.validfrom).toBe(NOW_MS - CLOCK_SKEW_MS)
    expect(action.expireafter).toBe(NOW_MS + HOUR_MS)
  })

  it('keeps the times that the file says', () => {
    const times = { validfrom: '2026-03-02T13:00:00+01:00', expireafter: '2026-03-03T00:00:00Z' }
    const action = compose(parseDraft({ ...minimal, ...times }), composition)
    expect(toInstant(action.validfrom)).toBe('2026-03-02T12:00:00.000Z')
    expect(toInstant(action.expireafter)).toBe('2026-03-03T00:00:00.000Z')
  })

  it('counts the life of an action that begins later from its beginning', () => {
    const later = NOW_MS + 3 * DAY_MS
    const action = compose(parseDraft({ ...minimal, validfrom: toInstant(later) }), composition)
    expect(action.expireafter).toBe(later + HOUR_MS)
    expect(encodeAction(action).length).toBeGreaterThan(0)
  })
})

describe('the action files that Mozilla published', () => {
  it.skipIf(!hasMigActions)('are there to be loaded', () => {
    expect(migFiles.length).toBeGreaterThan(5)
  })

  it.skipIf(!hasMigActions).each(migFiles)(
    '%s loads, parses its target and can be signed',
    (name) => {
      const raw: unknown = JSON.parse(readFileSync(new URL(name, MIG_ACTIONS), 'utf8'))
      const draft = parseDraft(raw)
      expect(parseTarget(draft.target).text).toBe(draft.target)
      const action = compose(draft, composition)
      const signed = encodeAction({ ...action, validfrom: NOW_MS, expireafter: NOW_MS + HOUR_MS })
      expect(parseAction(signed).operations).toEqual((raw as { operations: unknown }).operations)
    },
  )
})
