/** The target language against PostgreSQL: the same records, NULL where it says NULL, an error where it raises one. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasCode } from '../../node/core/errors.ts'
import { evaluate } from '../../node/core/target/evaluate.ts'
import type { Target } from '../../node/core/target/parse.ts'
import { parseTarget } from '../../node/core/target/parse.ts'
import type { AgentRecord } from '../../node/core/target/record.ts'
import { FLEET, NOW_MS } from '../helpers/agent-records.ts'
import type { Answer, Oracle } from '../helpers/oracle.ts'
import { openOracle } from '../helpers/oracle.ts'
import { COMBINED_TARGETS, literalText, targetText, wildText } from '../helpers/target-generator.ts'
import {
  MIG_TARGETS,
  REFUSED_MORE_TARGETS,
  REFUSED_TARGETS,
  TRICKY_TARGETS,
} from '../helpers/target-texts.ts'

/** The seed is fixed so that a failure is the same for everyone; MIG_FUZZ_SEED sets another. */
const SEED = Number(process.env['MIG_FUZZ_SEED'] ?? 20250630)
const RANDOM_COUNT = Number(process.env['MIG_FUZZ_COUNT'] ?? 400)

let oracle: Oracle
beforeAll(async () => {
  oracle = await openOracle(FLEET, NOW_MS)
})
afterAll(async () => {
  await oracle[Symbol.asyncDispose]()
})

/** Our answer in the oracle's letters. */
function answer(text: string): Answer {
  let target: Target
  try {
    target = parseTarget(text)
  } catch (error) {
    if (hasCode(error, 'TARGET_INVALID')) return undefined
    throw error
  }
  return FLEET.map((record) => letter(target, record)).join('')
}

function letter(target: Target, record: AgentRecord): string {
  const outcome = evaluate(target, record, NOW_MS)
  if ('error' in outcome) return 'e'
  return outcome.truth === null ? 'n' : outcome.truth ? 't' : 'f'
}

interface Difference {
  readonly text: string
  readonly postgresql: Answer
  readonly ours: Answer
}

async function differences(texts: readonly string[]): Promise<readonly Difference[]> {
  const answers = await oracle.ask(texts)
  return texts
    .map((text, index) => ({ text, postgresql: answers[index], ours: answer(text) }))
    .filter(({ postgresql, ours }) => postgresql !== ours)
}

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)]

describe('a target, asked of twenty agents', () => {
  it('is compared under the collation and time zone that the language declares', async () => {
    expect(await oracle.settings()).toEqual({
      datcollate: 'C',
      datctype: 'C.UTF-8',
      timezone: 'UTC',
    })
  })

  it('means what PostgreSQL says: the examples of MIG', async () => {
    expect(await differences(MIG_TARGETS)).toEqual([])
    expect(MIG_TARGETS.filter((text) => answer(text) === undefined)).toEqual([])
  })

  it('means what PostgreSQL says: the tricky ones', async () => {
    expect(await differences(TRICKY_TARGETS)).toEqual([])
    expect(TRICKY_TARGETS.filter((text) => answer(text) === undefined)).toEqual([])
  })

  it('means what PostgreSQL says: comparisons of every kind', async () => {
    const texts = unique(COMBINED_TARGETS)
    expect(texts.length).toBeGreaterThan(300)
    expect(await differences(texts)).toEqual([])
  })

  it('means what PostgreSQL says: random well-typed conditions', async () => {
    const texts = unique(fc.sample(targetText, { seed: SEED, numRuns: RANDOM_COUNT }))
    const differing = await differences(texts)
    expect(differing.filter(({ ours }) => ours !== undefined)).toEqual([])
    // The generator also makes texts beyond the size limits and groupings that ask for parentheses.
    expect(differing.length).toBeLessThan(texts.length / 10)
  })

  it('is refused or means what PostgreSQL says: random nonsense', async () => {
    const texts = unique(fc.sample(wildText, { seed: SEED, numRuns: 4 * RANDOM_COUNT }))
    const differing = await differences(texts)
    expect(differing.filter(({ ours }) => ours !== undefined)).toEqual([])
    expect(texts.filter((text) => answer(text) !== undefined).length).toBeGreaterThan(50)
  })

  it('is refused or means what PostgreSQL says: random patterns, times, intervals, numbers and paths', async () => {
    const texts = unique(fc.sample(literalText, { seed: SEED, numRuns: 2 * RANDOM_COUNT }))
    const differing = await differences(texts)
    expect(differing.filter(({ ours }) => ours !== undefined)).toEqual([])
    expect(texts.filter((text) => answer(text) !== undefined).length).toBeGreaterThan(
      texts.length / 5,
    )
  })
})

describe('what is refused', () => {
  it('is refused by PostgreSQL too', async () => {
    const answers = await oracle.ask(REFUSED_TARGETS)
    expect(REFUSED_TARGETS.filter((_, index) => answers[index] !== undefined)).toEqual([])
    expect(REFUSED_TARGETS.filter((text) => answer(text) !== undefined)).toEqual([])
  })

  it('or is on the list of what this language leaves out', async () => {
    const answers = await oracle.ask(REFUSED_MORE_TARGETS)
    expect(REFUSED_MORE_TARGETS.filter((_, index) => answers[index] === undefined)).toEqual([])
    expect(REFUSED_MORE_TARGETS.filter((text) => answer(text) !== undefined)).toEqual([])
  })
})
