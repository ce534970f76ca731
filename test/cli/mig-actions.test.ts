/** Mozilla's own action files, signed and asked as they are. They lie beside the repository where somebody put them, and are not copied into it. */
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { MODULE_NAMES } from '../../agent-modules/registry.ts'
import { checkOperations } from '../../cli/check-operations.ts'
import { readDocument } from '../../cli/document-file.ts'
import { renewOperations } from '../../cli/renew-operations.ts'
import type { Draft } from '../../node/core/draft.ts'
import { recordingIo } from '../helpers/recording-io.ts'

const FOLDER = new URL('../../../shared/mig-actions/', import.meta.url)
const hasFiles = existsSync(FOLDER)
const names = hasFiles ? readdirSync(FOLDER).filter((name) => name.endsWith('.json')) : []

async function readDraft(name: string): Promise<Draft> {
  const document = await readDocument(fileURLToPath(new URL(name, FOLDER)), recordingIo().io)
  if (document.kind !== 'draft') throw new Error(`${name} is signed`)
  return document.draft
}

describe.skipIf(!hasFiles)("Mozilla's action files", () => {
  it.each(names)('%s asks what modules here take', async (name) => {
    const { operations } = renewOperations((await readDraft(name)).operations)
    expect(operations.length).toBeGreaterThan(0)
    await checkOperations(operations)
  })

  it('lose nothing without a word: what is read differently is named', async () => {
    const notes = await Promise.all(
      names.map(async (name) => [name, renewOperations((await readDraft(name)).operations).notes]),
    )
    expect(Object.fromEntries(notes.filter(([, each]) => each?.length !== 0))).toEqual({
      'endpoints_with_high_uptime.json': [expect.stringMatching(/regexes.*is read as contents/)],
      'example_v2.json': [expect.stringMatching(/left out, no module agentdestroy/)],
      'linux-trojan-billgates.json': [expect.stringMatching(/connected is read as netstat/)],
    })
  })
})

describe('renewOperations', () => {
  it('leaves what modules read today as it is', () => {
    const operations = MODULE_NAMES.map((module) => ({ module, parameters: { searches: {} } }))
    expect(renewOperations(operations)).toEqual({ operations, notes: [] })
  })

  it('guesses nothing where old and new words stand beside each other', () => {
    const search = { paths: ['/etc'], regexes: ['a'], contents: ['b'] }
    const operations = [{ module: 'file', parameters: { searches: { s1: search } } }]
    expect(renewOperations(operations)).toEqual({ operations, notes: [] })
  })

  it('leaves junk for the module to refuse', () => {
    for (const parameters of [null, 1, [], { searches: [] }, { searches: { s1: null } }])
      expect(renewOperations([{ module: 'file', parameters }]).operations).toEqual([
        { module: 'file', parameters },
      ])
  })
})
