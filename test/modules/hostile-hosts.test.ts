/** Hostile hosts: whatever stands where a module expects a file, it ends in time, within its memory, and says what it did not read. */
import { execFileSync, spawn } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineModule } from '../../agent-modules/contract.ts'
import type { OpenRunner } from '../../node/runner/run-module.ts'
import { MISFITS, runModule } from '../laws/module.ts'
import { findModule } from './hostile-registry.ts'
import { createHost, openHostileRunner, runHostile, whileRunning } from './hostile-runs.ts'
import { NEEDLE, PLACE, subjectsOn, type Subject } from './hostile-subjects.ts'
import { createTimeServer } from './time-server.ts'

const isLinux = process.platform === 'linux'
const KIBIBYTE = 1024
const TEBIBYTE = 1024 ** 4
/** An hour ahead, which `timedrift` finds. */
const timeServer = await createTimeServer({ now: () => Date.now() + 3_600_000 })
const SUBJECTS = subjectsOn(timeServer.name)

let runner: OpenRunner
beforeAll(async () => {
  runner = await openHostileRunner()
})
afterAll(async () => {
  await runner.close()
  await timeServer[Symbol.asyncDispose]()
})

async function runHere(subject: Subject, root: string) {
  const module = await findModule(`${subject.module}@${root}`)
  if (module === undefined) throw new Error(`no module ${subject.module}`)
  const outcome = await runModule(module, subject.parameters(root))
  expect(outcome.errors).not.toContainEqual(expect.stringMatching(MISFITS))
  return { ...outcome, elements: module.arrange(outcome.findings, subject.parameters(root)) }
}

/** What stands where a file should be, and is over at once. */
const INSTEAD: Readonly<Record<string, (at: string) => void>> = {
  'a link to itself': (at) => {
    symlinkSync(path.basename(at), at)
  },
  'a directory': (at) => {
    mkdirSync(at)
  },
  zeros: (at) => {
    writeFileSync(at, Buffer.alloc(64 * KIBIBYTE))
  },
}

/** The same, of what would keep a process from ever hearing anything again. */
const BLOCKING: typeof INSTEAD = {
  'a pipe that nobody writes to': (at) => execFileSync('mkfifo', [at]),
  'a link to a device that never ends': (at) => {
    symlinkSync('/dev/zero', at)
  },
}

describe.skipIf(!isLinux)('a module that reads files', () => {
  it.each(SUBJECTS)('$title finds something on a host that means no harm', async (subject) => {
    using host = createHost(subject)
    expect((await runHere(subject, host.root)).findings).not.toEqual([])
  })

  describe.each(Object.entries(INSTEAD))('ends where there is %s instead', (_, put) => {
    it.each(SUBJECTS)('$title', async (subject) => {
      using host = createHost(subject)
      for (const victim of subject.victims) host.replace(victim, put)
      await runHere(subject, host.root)
    })
  })
})

describe.skipIf(!isLinux).concurrent('a module that reads files, in a child', () => {
  describe.each(Object.entries(BLOCKING))('ends where there is %s instead', (_, put) => {
    it.each(SUBJECTS)('$title', async (subject) => {
      using host = createHost(subject)
      for (const victim of subject.victims) host.replace(victim, put)
      await runHostile(runner, { subject, root: host.root })
    })
  })

  describe('reads no more than it says of a sparse file of 1 TiB', () => {
    it.each(SUBJECTS)('$title', async (subject) => {
      using host = createHost(subject)
      for (const victim of subject.victims)
        host.replace(victim, (at) => {
          writeFileSync(at, '')
          truncateSync(at, TEBIBYTE)
        })
      const isEndless = subject.readsAll === true
      const { errors } = await runHostile(runner, { subject, root: host.root, isEndless })
      expect(errors).not.toEqual([])
    })
  })

  describe('ends while its files grow, go, and come back as something else', () => {
    it.each(SUBJECTS)('$title', async (subject) => {
      using host = createHost(subject)
      const places = subject.victims.map((victim) => host.at(victim))
      const chunk = Buffer.alloc(16 * KIBIBYTE, 'x')
      const states: readonly ((at: string) => void)[] = [
        ...Array.from({ length: 8 }, () => (at: string) => {
          appendFileSync(at, chunk)
        }),
        ...Object.values(INSTEAD),
        () => undefined,
      ]
      await whileRunning(runHostile(runner, { subject, root: host.root }), (turn) => {
        const state = states[turn % states.length]
        for (const place of places) {
          if (turn % states.length === 0 || turn % states.length >= 8)
            rmSync(place, { recursive: true, force: true })
          state?.(place)
        }
      })
    })
  })
})

describe.skipIf(!isLinux).concurrent('a link that is put in the place of a file meanwhile', () => {
  const FILES = 200
  const read = SUBJECTS.filter(({ module }) => ['file', 'yara', 'log'].includes(module))

  it.each(read)('is not followed by $title', async (subject) => {
    using host = createHost({ files: { '/secret': NEEDLE } })
    mkdirSync(host.at(PLACE))
    const places = Array.from({ length: FILES }, (_, at) => host.at(`${PLACE}/victim.${at}`))
    const turnInto = (index: number, isLink: boolean): void => {
      const place = places[index % FILES] ?? ''
      rmSync(place, { force: true })
      if (isLink) symlinkSync(host.at('/secret'), place)
      else writeFileSync(place, 'harmless')
    }
    for (const index of places.keys()) turnInto(index, index % 2 === 0)
    writeFileSync(host.at(`${PLACE}/victim`), 'harmless')
    const result = await whileRunning(runHostile(runner, { subject, root: host.root }), (turn) => {
      for (let index = 0; index < FILES; index += 1) turnInto(index, (index + turn) % 2 === 0)
    })
    expect(result).toMatchObject({ foundanything: false })
  })
})

describe.skipIf(!isLinux)('names that no person gave', () => {
  /** As long as a path can be, of bytes that are not UTF-8, each of which is shown by four characters. */
  const LONG = Buffer.concat(
    Array.from({ length: 15 }, () => Buffer.concat([Buffer.from('/'), Buffer.alloc(250, 0xff)])),
  )
  const listing = SUBJECTS.filter(
    ({ module, folder }) =>
      ['file', 'yara', 'sshkey', 'autoruns'].includes(module) && folder !== undefined,
  )

  it.each(listing)('fit into the answer of $title', async (subject) => {
    using host = createHost(subject)
    const [own = ''] = Object.keys(subject.files).filter((file) => file.endsWith('/own'))
    const folder = Buffer.from(host.at(path.dirname(own)))
    const before = (await runHere(subject, host.root)).findings.length
    const content = subject.files[own] ?? ''
    mkdirSync(Buffer.concat([folder, LONG]), { recursive: true })
    for (const name of [
      ...[Buffer.alloc(255, 0xff), Buffer.from('\u001b[2J\n\t'), Buffer.from('\u202egnp.exe')],
      ...[LONG.subarray(1, 251), LONG].map((place) => Buffer.concat([place, Buffer.from('/x')])),
    ])
      writeFileSync(Buffer.concat([folder, Buffer.from('/'), name]), content)
    const { findings, elements } = await runHere(subject, host.root)
    expect(findings.length).toBeGreaterThan(before)
    const module = await findModule(subject.module)
    for (const line of module?.lines({ elements }, { foundOnly: true }) ?? [])
      expect(line).not.toMatch(/\p{Cc}/u)
  })
})

describe.skipIf(!isLinux).concurrent('processes that come and go', () => {
  const STORM = 'while :; do sh -c : mig-storm & sh -c : mig-storm; done'
  const NAME = '^(?:sh|true)$'
  const search = (fields: object) => ({ searches: { s1: fields } })
  const options = { matchall: true }
  const questions: readonly (readonly [module: string, parameters: object])[] = [
    ['process', search({ names: [NAME], cmdlines: ['storm'], envs: ['x'], options })],
    ['memory', search({ names: [NAME], contents: ['never-there'], options })],
    ['netstat', { listeningport: ['1'], connectedip: ['0.0.0.0/0'], namespaces: true }],
    ['yara', { yara: 'rule a { condition: false }', processes: { names: [NAME] } }],
  ]

  it.each(questions)('are nothing to say for %s', async (module, parameters) => {
    const storm = spawn('sh', ['-c', STORM], { stdio: 'ignore' })
    try {
      const subject: Subject = {
        ...{ title: module, module, files: {}, victims: [] },
        parameters: () => parameters,
      }
      const { errors } = await runHostile(runner, { subject, root: '' })
      for (const error of errors) expect(error).not.toMatch(/ENOENT|ESRCH|no such (?:file|process)/)
    } finally {
      storm.kill('SIGKILL')
    }
  })
})

describe.skipIf(!isLinux).concurrent('expressions that send other engines round for ever', () => {
  const EVIL = ['(a+)+$', '(a|aa)+$', '(.*a){25}$', '^(([a-z])+.)+[A-Z]([a-z])+$', '(a?){64}a{64}b']
  const LINE = `${'a'.repeat(256 * KIBIBYTE)}!`
  const search = (fields: object) => ({ searches: { s1: fields } })
  const asked: readonly Omit<Subject, 'victims'>[] = [
    {
      ...{ title: 'contents of file', module: 'file', files: { '/d/x': LINE } },
      parameters: (root) => search({ paths: [root + PLACE], contents: EVIL }),
    },
    {
      ...{ title: 'names of file', module: 'file' },
      files: Object.fromEntries([...'!?#'].map((end) => [`/d/${'a'.repeat(250)}${end}`, ''])),
      parameters: (root) => search({ paths: [root + PLACE], names: EVIL }),
    },
    {
      ...{ title: 'regexes of log', module: 'log', files: { '/d/x': `${LINE}\n` } },
      parameters: (root) => ({ paths: [`${root}/d/x`], regexes: EVIL }),
    },
    {
      ...{ title: 'strings of yara', module: 'yara', files: { '/d/x': LINE } },
      parameters: (root) => ({
        yara: 'rule a { strings: $a = /xa(a|aa){1,50}b/ $b = /a[a-z]{1,200}c/ condition: any of them }',
        files: { paths: [root + PLACE] },
      }),
    },
    {
      ...{ title: 'names and paths of autoruns', module: 'autoruns' },
      files: { [`/etc/cron.d/${'a'.repeat(250)}`]: `@daily root /${'a'.repeat(4000)}!\n` },
      parameters: () => ({ kinds: ['cron'], names: EVIL, paths: EVIL }),
    },
    {
      ...{ title: 'matches of pkg', module: 'pkg' },
      files: { '/var/lib/dpkg/status': `Package: ${LINE}\nStatus: install ok installed\n\n` },
      parameters: () => ({ pkgmatch: { matches: EVIL } }),
    },
    {
      ...{ title: 'user of logins', module: 'logins' },
      files: { '/etc/passwd': `${LINE}:x:0:0::/:/bin/sh\n`, '/etc/shadow': '' },
      parameters: () => ({ queries: ['accounts'], user: EVIL.join('|') }),
    },
    {
      ...{ title: 'names and command lines of process', module: 'process' },
      files: {
        '/proc/7/stat': `7 (aaaaaaaaaaaaaa!) S ${'0 '.repeat(49)}\n`,
        '/proc/7/cmdline': LINE,
      },
      parameters: () => search({ names: EVIL, cmdlines: EVIL }),
    },
  ]

  it.each(asked)('end: $title', async (subject) => {
    using host = createHost(subject)
    await runHostile(runner, { subject: { ...subject, victims: [] }, root: host.root })
  })
})

describe('a finding that does not fit', () => {
  it('is left out and told of, in the words by which tests know it', async () => {
    const text = z.string().max(3)
    const module = defineModule({
      ...{ name: 'misfit', summary: '', description: '', examples: [], flags: [] },
      ...{ fromFlags: () => ({}), parameters: z.strictObject({}) },
      ...{ finding: text, statistics: z.null(), elements: z.array(text) },
      run: async function* () {
        yield await Promise.resolve('long')
        yield 'fit'
      },
      ...{ arrange: (findings) => [...findings], lines: () => [] },
    })
    expect(await runModule(module, {})).toMatchObject({
      findings: ['fit'],
      errors: [expect.stringMatching(MISFITS)],
    })
  })
})
