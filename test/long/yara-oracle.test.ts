/** `yara` finds what YARA finds: Debian's program over the same files, by 300 rules of all kinds. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import type { Finding } from '../../agent-modules/yara/answer.ts'
import { openEngine } from '../../agent-modules/yara/open-engine.ts'
import { yaraBy } from '../../agent-modules/yara/index.ts'
import { runModule } from '../laws/module.ts'
import { createFileTree } from '../modules/file-tree.ts'
import { makeRules, writeTree } from '../modules/yara-corpus.ts'
import { ENGINES } from '../modules/yara-engines.ts'

const hasYara = spawnSync('yara', ['--version']).status === 0
const NAMED = 3
/** The engine of last resort scans 100 files a second on an idle machine. */
const TEST_TIMEOUT_MS = 120_000

const tree = createFileTree()
afterAll(() => {
  tree[Symbol.dispose]()
})

describe.skipIf(!hasYara)('against the program yara', { timeout: TEST_TIMEOUT_MS }, () => {
  const rules = makeRules(300, 7)
  const source = rules.map((rule) => rule.source).join('\n')
  writeFileSync(tree.at('rules.yar'), source)
  writeTree(tree.at('files'), rules, { files: 220, largest: 200_000, baitEvery: 1, seed: 1 })
  const theirs = rulesByFile(
    spawnSync('yara', ['-r', tree.at('rules.yar'), tree.at('files')], { encoding: 'utf8' }).stdout,
  )

  it('is asked something', () => {
    const matches = [...theirs.values()].flat()
    expect(theirs.size).toBeGreaterThan(120)
    expect(new Set(matches).size).toBeGreaterThan(150)
    // Rules whose last condition does not hold are among the bait, so not all of it matches.
    expect(matches.length).toBeLessThan(420)
  })

  it.each(ENGINES)(
    '%s finds the same files, and names the first of the same rules',
    async (engine) => {
      const asked = { yara: source, files: { paths: [tree.at('files')] } }
      const { findings, errors } = await runModule(yaraBy(engine), asked)
      const ours = (findings as Finding[]).map((each) => [
        each.Object,
        each.MatchedRules,
        each.More === true,
      ])
      const expected = [...theirs].map(([file, names]) => [
        file,
        names.slice(0, NAMED),
        names.length > NAMED,
      ])
      expect(ours.toSorted()).toEqual(expected.toSorted())
      expect(errors).toEqual([])
    },
  )

  it.each(ENGINES)('%s matches all of the same rules', async (engine) => {
    await using open = await openEngine(source, { only: engine })
    for (const [file, names] of theirs) {
      const length = readFileSync(file).copy(open.room)
      const hits = await open.scan(length)
      expect(hits.map(({ name }) => name).toSorted(), file).toEqual(names)
    }
  })
})

/** `RULE FILE` a line; names in alphabetic order. */
function rulesByFile(output: string): ReadonlyMap<string, readonly string[]> {
  const pairs = output
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '))
  const groups = Map.groupBy(pairs, ([, file = '']) => file)
  return new Map(
    [...groups].map(([file, all]) => [file, all.map(([name = '']) => name).toSorted()]),
  )
}
