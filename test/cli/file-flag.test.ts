/** Flags of modules that take a file of the investigator: its text goes into the action, its path does not. */
import { truncateSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { run } from '../../cli/run.ts'
import { recordingIo } from '../helpers/recording-io.ts'
import { createFileTree } from '../modules/file-tree.ts'

const RULES = 'rule secret {\n  strings: $a = "secret=1"\n  condition: $a\n}\n'
const tree = createFileTree({
  'rules.yar': RULES,
  'bad.yar': 'rule bad {\n  condition: foo\n}\n',
  'searched/notes.txt': 'first line\nsecret=1\n',
  'large.yar': '',
})
truncateSync(tree.at('large.yar'), 1024 * 1024 + 1)
afterAll(() => {
  tree[Symbol.dispose]()
})

interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function mig(
  words: readonly string[],
  { stdin = '', target = 'local' } = {},
): Promise<Outcome> {
  const { io, stdout, stderr } = recordingIo({ HOME: tree.root }, { stdin })
  const code = await run(['yara', '-t', target, ...words], io, new AbortController().signal)
  return { code, stdout: stdout(), stderr: stderr() }
}
const files = ['-files', `-path ${tree.at('searched')}`]
const found = expect.stringContaining(`${tree.at('searched/notes.txt')} [secret]\n`) as string

describe('a flag that takes a file', () => {
  it('reads it where it is typed', async () => {
    expect(await mig(['-rules', tree.at('rules.yar'), ...files])).toEqual({
      code: 0,
      stdout: found,
      stderr: '',
    })
  })

  it('reads standard input for -', async () => {
    expect(await mig(['-rules', '-', ...files], { stdin: RULES })).toEqual({
      code: 0,
      stdout: found,
      stderr: '',
    })
  })

  it('puts the text into the action', async () => {
    const { stdout } = await mig(['-p', '-rules', tree.at('rules.yar'), ...files], {
      target: 'all',
    })
    expect(JSON.parse(stdout)).toMatchObject({
      operations: [{ module: 'yara', parameters: { yara: RULES, filesearch: files[1] } }],
    })
  })

  it.each([
    ['a file that is not there', tree.at('none.yar'), /none\.yar: no such file/],
    ['a directory', tree.at('searched'), /searched: illegal operation on a directory/],
    ['a file beyond a mebibyte', tree.at('large.yar'), /large\.yar.*1048577.*1048576/],
    [
      'rules that do not compile',
      tree.at('bad.yar'),
      /line 2, column 14: unknown identifier `foo`/,
    ],
  ])('refuses %s', async (_, file, reason) => {
    const { code, stdout, stderr } = await mig(['-rules', file, ...files])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(reason)
  })

  it('is shown in help as what it is', async () => {
    const { stdout } = await mig(['help'])
    expect(stdout).toMatch(/-rules <FILE> +YARA rules, read on this host/)
  })
})
