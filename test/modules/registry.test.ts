/** The list of modules. */
import { describe, expect, it } from 'vitest'
import { findModule, loadModules, MODULE_NAMES } from '../../agent-modules/registry.ts'

describe('the registry', () => {
  it('has names that are words, each once', () => {
    expect(new Set(MODULE_NAMES).size).toBe(MODULE_NAMES.length)
    for (const name of MODULE_NAMES) expect(name).toMatch(/^[a-z]{2,20}$/)
  })

  it('finds each module by its name, and nothing else', async () => {
    const modules = await loadModules()
    expect(modules.map(({ name }) => name).sort()).toEqual(MODULE_NAMES)
    for (const module of modules) expect(await findModule(module.name)).toBe(module)
    expect(await findModule('File')).toBeUndefined()
    expect(await findModule('constructor')).toBeUndefined()
  })
})
