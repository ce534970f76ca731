/** The list of modules. */
import { describe, expect, it } from 'vitest'
import { findModule, REGISTRY } from '../../agent-modules/registry.ts'

describe('the registry', () => {
  it('has names that are words, each once', () => {
    const names = REGISTRY.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^[a-z]{2,20}$/)
  })

  it('finds each module by its name, and nothing else', () => {
    for (const module of REGISTRY) expect(findModule(module.name)).toBe(module)
    expect(findModule('File')).toBeUndefined()
    expect(findModule('constructor')).toBeUndefined()
  })
})
