import { describe, expect, it } from 'vitest'
import type { Module } from '../../../agent-modules/contract.ts'
import { openCollector } from '../../../node/runner/collect.ts'
import { findModule } from './misbehaving.ts'

const operation = { module: 'echo', parameters: {} }
const limits = { outputBytes: 1000, findings: 10 }
const success = { status: 'success', reason: '' } as const

const found = await findModule('echo')

function echo(): Module {
  if (found === undefined) throw new Error('the registry has no echo')
  return found
}

const resultOf = (elements: unknown) =>
  openCollector({ operation, limits, module: { ...echo(), arrange: () => elements } }).result(
    success,
  )

describe('what a run said', () => {
  it('is a success that found nothing when it said nothing', () => {
    expect(openCollector({ operation, limits, module: echo() }).result(success)).toEqual({
      module: 'echo',
      status: 'success',
      foundanything: false,
      success: true,
      elements: [],
      statistics: null,
      errors: [],
    })
  })

  it('found something only when its module calls a finding a hit', () => {
    const module = echo()
    const foundBy = (haveHit: Module['haveHit']): boolean => {
      const collector = openCollector({ operation, limits, module: { ...module, haveHit } })
      collector.take({ kind: 'finding', finding: { text: 'a' } }, 1)
      return collector.result(success).foundanything
    }
    expect(foundBy(module.haveHit)).toBe(true)
    expect(foundBy((findings) => findings.length > 1)).toBe(false)
  })

  it('drops optional fields that are undefined, as they do not travel', () => {
    expect(resultOf([{ text: 'a', note: undefined }]).elements).toStrictEqual([{ text: 'a' }])
  })

  it.each([
    ['a number without end', 10n],
    ['nothing', undefined],
  ])('is a failure when its elements are %s', (_, elements) => {
    expect(resultOf(elements)).toMatchObject({ status: 'failed', elements: null })
  })

  it('is a failure when its elements nest deeper than the stack', () => {
    let deep: unknown = []
    for (let level = 0; level < 1_000_000; level += 1) deep = [deep]
    expect(resultOf(deep)).toMatchObject({ status: 'failed', elements: null })
  })

  it('holds what was found before a stop, and nothing of a module that failed', () => {
    const elementsOf = (status: 'timeout' | 'cancelled' | 'killed' | 'failed') => {
      const collector = openCollector({ operation, limits, module: echo() })
      collector.take({ kind: 'finding', finding: { text: 'a' } }, 1)
      const { elements, foundanything, success, errors } = collector.result({ status, reason: 'r' })
      expect([foundanything, success, errors]).toEqual([elements !== null, false, ['r']])
      return elements
    }
    expect(elementsOf('timeout')).toEqual([{ text: 'a' }])
    expect(elementsOf('cancelled')).toEqual([{ text: 'a' }])
    expect(elementsOf('killed')).toEqual([{ text: 'a' }])
    expect(elementsOf('failed')).toBeNull()
  })

  it('ends a run that declares other statistics than its schema', () => {
    const collector = openCollector({ operation, limits, module: echo() })
    expect(collector.take({ kind: 'statistics', statistics: { secret: 'x' } }, 1)).toMatchObject({
      status: 'failed',
    })
  })

  it('counts every message against the bytes it may take', () => {
    const collector = openCollector({ operation, limits, module: echo() })
    expect(collector.take({ kind: 'error', message: '' }, 1000)).toBeUndefined()
    expect(collector.take({ kind: 'error', message: '' }, 1)).toMatchObject({ status: 'killed' })
  })
})
