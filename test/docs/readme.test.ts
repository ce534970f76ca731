/** README says what is so. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../../node/core/errors.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const description = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { scripts: Record<string, string>; dependencies: Record<string, string> }

describe('README', () => {
  it('lists every error code, and no other', () => {
    const listed = [...readme.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code)
    expect(listed.toSorted()).toEqual([...ERROR_CODES].toSorted())
  })

  it('names only npm scripts that exist', () => {
    const named = [...readme.matchAll(/npm (?:run (?:-s )?)?([a-z]+(?::[a-z]+)?)/g)].map(
      ([, name]) => name,
    )
    const known = new Set([...Object.keys(description.scripts), 'aliases', 'run'])
    expect(named.filter((name) => name !== undefined && !known.has(name))).toEqual([])
  })

  it('tells which package stands behind each alias', () => {
    for (const [name, version] of Object.entries(description.dependencies)) {
      const real = /^npm:(@?[^@]+)@/.exec(version)?.[1]
      if (real !== undefined) expect(readme).toContain(`\`${name}\` is \`${real}\``)
    }
  })
})
