/** Topics: that no agent a target means is left out, and that targets wake few others. */
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Topic } from '../../node/core/facet.ts'
import { bucketOf, BUCKETS, TOPICS, topicsOfRecord, topicsOfTarget } from '../../node/core/facet.ts'
import { hasCode } from '../../node/core/errors.ts'
import { matches } from '../../node/core/target/evaluate.ts'
import type { Target } from '../../node/core/target/parse.ts'
import { parseTarget } from '../../node/core/target/parse.ts'
import type { AgentRecord } from '../../node/core/target/record.ts'
import { createRecord, FLEET, NOW_MS } from '../helpers/agent-records.ts'
import { targetText } from '../helpers/target-generator.ts'

const SECRET = new Uint8Array(32).fill(7)

const bucketsOf = (...facets: readonly string[]): readonly Topic[] =>
  [...new Set(facets.map((facet) => bucketOf(SECRET, facet)))]
    .sort((left, right) => left - right)
    .map((bucket): Topic => `bucket-${bucket}`)

describe('topics', () => {
  it('are a fixed list: control, all and the buckets', () => {
    expect(TOPICS).toHaveLength(2 + BUCKETS)
    expect(new Set(TOPICS).size).toBe(34)
  })

  it('hide facets behind the mesh secret', () => {
    const digest = createHmac('sha256', SECRET).update('os:linux').digest('hex')
    expect(bucketOf(SECRET, 'os:linux')).toBe(Number(BigInt(`0x${digest.slice(0, 8)}`) % 32n))
    const buckets = Array.from({ length: 64 }, (_, i) => bucketOf(new Uint8Array([i]), 'os:linux'))
    expect(new Set(buckets).size).toBeGreaterThan(8)
  })

  it('of an agent are control, all and the buckets of its facets', () => {
    const record = createRecord({ tags: { operator: 'opsec', site: 'scl3' } })
    const facets = [
      'os:linux',
      'arch:amd64',
      'mode:daemon',
      `id:${record.id}`,
      'tag:operator=opsec',
      'tag:site=scl3',
    ]
    expect(topicsOfRecord(SECRET, record)).toEqual(['control', 'all', ...bucketsOf(...facets)])
  })
})

describe('the topics of a target', () => {
  it.each([
    ["environment->>'os' = 'linux'", ['os:linux']],
    ["'linux' = environment->>'os'", ['os:linux']],
    ["environment#>>'{os}' = 'linux'", ['os:linux']],
    ["environment->>'arch'='386'", ['arch:386']],
    ["mode = 'daemon'", ['mode:daemon']],
    ["agents.id = 'z'", ['id:z']],
    ["tags->>'operator' = 'opsec'", ['tag:operator=opsec']],
    ["environment->>'os' IN ('linux', 'darwin')", ['os:linux', 'os:darwin']],
    ["mode = 'daemon' OR tags->>'a' = 'b'", ['mode:daemon', 'tag:a=b']],
    ["name LIKE '%db%' AND mode = 'daemon'", ['mode:daemon']],
    ["environment->>'os' IN ('linux', 'darwin') AND mode='daemon'", ['mode:daemon']],
    ["(id = 'a' OR id = 'b') AND pid > 1", ['id:a', 'id:b']],
  ])('%s', (text, facets) => {
    expect(topicsOfTarget(SECRET, parseTarget(text))).toEqual(bucketsOf(...facets))
  })

  it.each([
    ...['true', "name = 'db1'", "mode <> 'daemon'", "NOT mode = 'daemon'", "mode LIKE 'daemon'"],
    ...[
      "mode = 'daemon' OR name = 'x'",
      "mode NOT IN ('daemon')",
      'mode = name',
      "lower(mode) = 'daemon'",
    ],
    ...[
      "environment->'os' = '\"linux\"'",
      "environment#>>'{os,0}' = 'linux'",
      "(mode = 'daemon') IS NOT TRUE",
    ],
  ])('are all for %s', (text) => {
    expect(topicsOfTarget(SECRET, parseTarget(text))).toEqual(['all'])
  })

  it('reach every agent that matches', () => {
    let matching = 0
    const reached = (target: Target, record: AgentRecord): boolean => {
      if (!matches(target, record, NOW_MS)) return true
      matching++
      const joined = new Set(topicsOfRecord(SECRET, record))
      return topicsOfTarget(SECRET, target).some((topic) => joined.has(topic))
    }
    fc.assert(
      fc.property(facetTarget, (target) => FLEET.every((record) => reached(target, record))),
      { numRuns: 500 },
    )
    expect(matching).toBeGreaterThan(500)
  })
})

const SUBJECTS = [
  "environment->>'os'",
  "environment#>>'{arch}'",
  'mode',
  'id',
  "tags->>'operator'",
  "tags#>>'{level}'",
]
const VALUES = [
  "'linux'",
  "'5'",
  '\'["linux"]\'',
  "'daemon'",
  "'z'",
  "'opsec'",
  "'3'",
  "''",
  'NULL',
  "'\u{10000}'",
]

const equality = fc
  .tuple(
    fc.constantFrom(...SUBJECTS),
    fc.uniqueArray(fc.constantFrom(...VALUES), { minLength: 1, maxLength: 3 }),
    fc.constantFrom('is', 'mirrored', 'in', 'not in'),
  )
  .map(([subject, values, form]) => {
    if (form === 'in') return `${subject} IN (${values.join(', ')})`
    if (form === 'not in') return `${subject} NOT IN (${values.join(', ')})`
    const [value = 'NULL'] = values
    return form === 'is' ? `${subject} = ${value}` : `${value} = ${subject}`
  })

/** Mostly equalities with facets, under the logic of any target. */
const facetTarget: fc.Arbitrary<Target> = fc
  .array(
    fc.tuple(
      fc.oneof({ weight: 4, arbitrary: equality }, targetText),
      fc.constantFrom('AND', 'OR', 'AND NOT'),
    ),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .map((parts) =>
    parts.map(([text, operator], i) => (i === 0 ? `(${text})` : `${operator} (${text})`)).join(' '),
  )
  .map(targetOf)
  .filter((target) => target !== undefined)

function targetOf(text: string): Target | undefined {
  try {
    return parseTarget(text)
  } catch (error) {
    if (hasCode(error, 'TARGET_INVALID')) return undefined
    throw error
  }
}
