/** What answers repeat of the question. */
import { describe, expect, it } from 'vitest'
import { file } from '../../agent-modules/file/index.ts'
import { createEcho } from '../../agent-modules/support/by-label.ts'

describe('createEcho', () => {
  it('repeats the filters of a search as long as a mebibyte has room for them', () => {
    const search = { names: ['x'.repeat(100_000)] }
    const echo = createEcho((asked: typeof search) => asked)
    const echoes = Array.from({ length: 20 }, () => echo(search))
    expect(echoes.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => search))
    expect(echoes.slice(10)).toEqual(Array.from({ length: 10 }, () => ({})))
  })

  it('goes on with filters that still have room', () => {
    const echo = createEcho((names: readonly string[]) => ({ names }))
    expect(echo(['x'.repeat(1_100_000)])).toEqual({})
    expect(echo(['small'])).toEqual({ names: ['small'] })
  })
})

describe('an answer to many filters that many files hit', () => {
  it('is not larger for each file by all of them', () => {
    const sizes = Array.from({ length: 4096 }, (_, index) => `>${index}k`)
    const parameters = {
      searches: { s1: { paths: ['/d'], sizes, options: { matchall: true } } },
    }
    file.check(parameters)
    const findings = Array.from({ length: 20_000 }, (_, index) => ({
      ...{ search: 's1', file: `/d/${index}`, size: 5_000_000, mode: '-rw-r--r--' },
      lastmodified: '2026-01-02 03:04:05 +0000 UTC',
    }))
    const elements = file.arrange(findings, parameters)
    const text = JSON.stringify(elements)
    expect(text.length).toBeLessThan(2 * JSON.stringify(findings).length + 1024 * 1024)
    expect(Object(elements)).toHaveProperty(['s1', 0, 'search', 'sizes'], sizes)
  })
})
