/** Weights of distinct people, summed per module: the two-person rule's arithmetic. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Acl, acl, unknownModules, weigh } from '../../node/core/acl.ts'
import type { Person } from '../../node/core/ids.ts'

const people = (...names: readonly string[]): ReadonlySet<Person> => new Set(names as Person[])
const NAMES = ['alice', 'bob', 'carol', 'dave'] as Person[]
const MODULES = ['default', 'file', 'memory', '@cancel', '@revoke', '@member']

const list = {
  default: { minimumweight: 1, investigators: { alice: 1, bob: 1 } },
  memory: { minimumweight: 3, investigators: { alice: 2, bob: 1, carol: 5 } },
  '@cancel': { minimumweight: 1, investigators: { bob: 1 } },
} as Acl

const anyEntry = fc.record({
  minimumweight: fc.integer({ min: 1, max: 6 }),
  investigators: fc.dictionary(fc.constantFrom(...NAMES), fc.integer({ min: 1, max: 3 })),
})
const anyAcl = fc.dictionary(fc.constantFrom(...MODULES), anyEntry) as fc.Arbitrary<Acl>
const anyPeople = fc.subarray(NAMES)
const anyModule = fc.constantFrom(...MODULES, 'netstat')

describe('weigh', () => {
  it.each([
    ['file', ['alice'], { weight: 1, minimum: 1, allowed: true }],
    ['file', ['carol'], { weight: 0, minimum: 1, allowed: false }],
    ['file', [], { weight: 0, minimum: 1, allowed: false }],
    ['memory', ['alice'], { weight: 2, minimum: 3, allowed: false }],
    ['memory', ['alice', 'bob'], { weight: 3, minimum: 3, allowed: true }],
    ['memory', ['carol'], { weight: 5, minimum: 3, allowed: true }],
    ['@cancel', ['bob'], { weight: 1, minimum: 1, allowed: true }],
    ['@cancel', ['alice'], { weight: 0, minimum: 1, allowed: false }],
    ['@revoke', ['alice', 'bob'], { weight: 0, minimum: undefined, allowed: false }],
  ])('%s by %j', (module, names, expected) => {
    expect(weigh(list, module, people(...names))).toEqual({ module, ...expected })
  })

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'finds no entry in what every object has: %s',
    (name) => {
      expect(weigh({}, name, people('alice')).allowed).toBe(false)
      expect(weigh(list, 'memory', people(name)).weight).toBe(0)
    },
  )

  it('grows with people, and never shrinks', () => {
    fc.assert(
      fc.property(anyAcl, anyModule, anyPeople, anyPeople, (each, module, some, more) => {
        const less = weigh(each, module, new Set(some))
        const all = weigh(each, module, new Set([...some, ...more]))
        expect(all.weight).toBeGreaterThanOrEqual(less.weight)
        expect(less.allowed && !all.allowed).toBe(false)
      }),
    )
  })

  it('allows nobody without an entry, nobody at all without people, and no control by default', () => {
    fc.assert(
      fc.property(anyAcl, anyModule, anyPeople, (each, module, some) => {
        expect(weigh(each, module, new Set()).allowed).toBe(false)
        const { default: without, ...others } = each
        void without
        const isListed = Object.hasOwn(others, module)
        if (!isListed) expect(weigh(others, module, new Set(some)).allowed).toBe(false)
        if (!isListed && module.startsWith('@')) {
          expect(weigh(each, module, new Set(some)).allowed).toBe(false)
        }
      }),
    )
  })

  it("lets a module's own entry win over the default", () => {
    fc.assert(
      fc.property(anyAcl, anyEntry, anyPeople, (each, own, some) => {
        const entry = own as Acl[string]
        expect(weigh({ ...each, file: entry }, 'file', new Set(some))).toEqual(
          weigh({ file: entry }, 'file', new Set(some)),
        )
      }),
    )
  })
})

describe('an ACL', () => {
  it.each(['File', '@root', '', 'a b', '../x', '@'])('has no entry called %j', (name) => {
    expect(acl.safeParse({ [name]: list['default'] }).success).toBe(false)
  })
})

describe('unknownModules', () => {
  it('names the entries that are for no module of this version', () => {
    const entry = { minimumweight: 1, investigators: {} }
    const list = { default: entry, '@cancel': entry, file: entry, fiel: entry }
    expect(unknownModules(list, ['file', 'example'])).toEqual(['fiel'])
  })
})
