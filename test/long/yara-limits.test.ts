/** Both engines of `yara` stay within what the runner lets a module have, with 300 rules. */
import { truncateSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../node/host/system.ts'
import { openRunner } from '../../node/runner/run-module.ts'
import { createFileTree } from '../modules/file-tree.ts'
import { makeRules, writeTree } from '../modules/yara-corpus.ts'
import { ENGINES } from '../modules/yara-engines.ts'

/** More than one thread of the WebAssembly engine scans. */
const FILES = 350
/** The engine of last resort scans 100 files a second on an idle machine. */
const TEST_TIMEOUT_MS = 120_000
const LARGEST = { native: 64 * 1024 ** 2, wasm: 32 * 1024 ** 2 } as const

const tree = createFileTree()
afterAll(() => {
  tree[Symbol.dispose]()
})

describe('yara in a child of the runner', { timeout: TEST_TIMEOUT_MS }, () => {
  const rules = makeRules(300, 7)
  writeTree(tree.at('files'), rules, { files: FILES, largest: 4000, baitEvery: 10, seed: 3 })

  it.each(ENGINES)('%s scans many files, and the largest, within its memory', async (engine) => {
    truncateSync(tree.write(`${engine}/large`), LARGEST[engine])
    const registry = new URL(`../modules/yara-${engine}.ts`, import.meta.url).href
    await using runner = await openRunner({ clock: systemClock, registry })
    const result = await runner.run(
      {
        module: 'yara',
        parameters: {
          yara: rules.map(({ source }) => source).join('\n'),
          files: { paths: [tree.at('files'), tree.at(engine)] },
        },
      },
      {
        timeoutMs: 280_000,
        untilMs: systemClock.now() + 300_000,
        signal: new AbortController().signal,
      },
    )
    expect(result).toMatchObject({ status: 'success', errors: [], foundanything: true })
    expect(result.statistics).toMatchObject({ engine, filescount: FILES + 1, toolarge: 0 })
  })
})
