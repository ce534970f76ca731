/** Who asks by a command line is not found by it: real commands, started as people start them, beside a process that is looked for. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { typedToPids } from '../../agent-modules/support/asking-processes.ts'

const NODE = process.execPath
const MIG = fileURLToPath(new URL('../../cli/mig.js', import.meta.url))
const WORD = `word${randomBytes(8).toString('hex')}`
const ASKED = ['process', '-t', 'local', '-cmdline', WORD]
const TYPED = [NODE, MIG, ...ASKED].join(' ')
const PROJECT = fileURLToPath(new URL('../..', import.meta.url))
const has = (program: string): boolean =>
  ['/bin', '/usr/bin', '/usr/local/bin'].some((folder) => existsSync(`${folder}/${program}`))
const isRoot = process.getuid?.() === 0

describe.skipIf(process.platform !== 'linux')('a command line that is looked for', () => {
  let sought: ChildProcess
  beforeAll(async () => {
    const child = spawn('sh', ['-c', 'echo up; read line', 'sh', WORD], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    sought = child
    await once(child.stdout, 'data')
  })
  afterAll(() => {
    sought.kill('SIGKILL')
  })

  /** Names and numbers of what is found. */
  function found([program = '', ...args]: readonly string[], input = ''): readonly string[] {
    const { stdout, stderr } = spawnSync(program, args, {
      input,
      encoding: 'utf8',
      cwd: PROJECT,
      env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
    })
    expect(stderr).not.toContain('mig:')
    return [...stdout.matchAll(/\[pid:(\d+), ppid:\d+, name:([^,]+)/g)].map(
      ([, pid, name]) => `${name ?? ''} ${pid ?? ''}`,
    )
  }
  const itself = (): string => `sh ${sought.pid ?? 0}`

  // What follows the command keeps the shell from becoming it.
  it.each([
    ['by itself', [NODE, MIG, ...ASKED]],
    ['behind =', [NODE, MIG, 'process', '-t', 'local', `-cmdline=${WORD}`]],
    ['by sh -c', ['sh', '-c', `${TYPED}; true`]],
    [
      'by sh -c, in quotes',
      ['sh', '-c', `${TYPED.replace(WORD, `'${WORD}'`)} -name "^s[h]"; true`],
    ],
    ['by sh -c in sh -c', ['sh', '-c', `sh -c '${TYPED}; true'; true`]],
    ['by timeout', ['timeout', '60', NODE, MIG, ...ASKED]],
  ])('finds not who asks for it: %s', (_, argv) => {
    expect(found(argv)).toEqual([itself()])
  })

  it.skipIf(!has('sudo') || !isRoot)('finds no sudo', () => {
    expect(found(['sudo', '-n', NODE, MIG, ...ASKED])).toEqual([itself()])
  })

  it.skipIf(!has('npm'))('finds no npm, nor the shell it starts', () => {
    expect(found(['npm', 'run', '--silent', 'mig', '--', ...ASKED])).toEqual([itself()])
  })

  it('finds a shell that holds the word and not the command', () => {
    const shell = ['sh', '-s', WORD]
    expect(found(shell, `${TYPED}; true\n`)).toEqual([itself(), expect.stringMatching(/^sh \d+$/)])
  })

  it('finds who asks by something else', () => {
    const asked = ['process', '-t', 'local', '-name', '^(sh|timeout)$', '-path', '.']
    const names = found(['timeout', '60', NODE, MIG, ...asked]).map((each) => each.split(' ')[0])
    expect(names).toContain('timeout')
  })
})

describe('an agent', () => {
  it('hides nobody: nothing was typed to it', () => {
    const family = { parentOf: () => 1, commandLineOf: () => WORD }
    expect(typedToPids([WORD], family)).toEqual(new Set())
  })
})
