/** The pages of docs/modules say what the modules say. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
// @ts-expect-error a script without types
import { modulePages } from '../../.ci/module-pages.mjs'

const FOLDER = new URL('../../docs/modules/', import.meta.url)

describe('docs/modules', () => {
  it('is what `npm run docs` writes', async () => {
    const pages = (await modulePages()) as ReadonlyMap<string, string>
    expect(readdirSync(FOLDER).toSorted()).toEqual([...pages.keys()].toSorted())
    for (const [name, text] of pages) expect(readFileSync(new URL(name, FOLDER), 'utf8')).toBe(text)
  })
})
