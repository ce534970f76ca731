/** README says what is so. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { findModule, MODULE_NAMES } from '../../agent-modules/registry.ts'
import { ERROR_CODES } from '../../node/core/errors.ts'
import { parseFlags, splitWords } from '../laws/module.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const description = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { scripts: Record<string, string>; dependencies: Record<string, string> }

const SIGMA = `title: t
logsource: { product: linux, service: auth }
detection: { selection: [sudo], condition: selection }
`

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

  it('asks of modules only what they take', async () => {
    const section = readme.slice(
      readme.indexOf('## What can be asked'),
      readme.indexOf('## What a person does with it'),
    )
    const commands = [...section.matchAll(/^\| `mig (\S+) (-[^`]+)` \|/gm)]
    expect(commands.length).toBeGreaterThan(8)
    for (const [, name = '', typed = ''] of commands) {
      const flags = typed.replace('HASH', 'a'.repeat(64))
      const module = await findModule(name)
      if (module === undefined) throw new Error(`${name} is no module`)
      const fileText = name === 'yara' ? 'rule a { condition: true }' : SIGMA
      module.check(module.fromFlags(parseFlags(module, splitWords(flags), fileText)))
    }
    for (const name of MODULE_NAMES.filter((each) => each !== 'example'))
      expect(section).toContain(`mig ${name}`)
  })

  it('tells which package stands behind each alias', () => {
    for (const [name, version] of Object.entries(description.dependencies)) {
      const real = /^npm:(@?[^@]+)@/.exec(version)?.[1]
      if (real !== undefined) expect(readme).toContain(`\`${name}\` is \`${real}\``)
    }
  })
})
