/** Hostile hosts that take long to make: a directory of a million entries, a line of 100 MB, gzip that unpacks to gigabytes. */
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OpenRunner } from '../../node/runner/run-module.ts'
import { createHost, openHostileRunner, runHostile } from '../modules/hostile-runs.ts'
import { NEEDLE, PLACE, subjectsOn, type Subject } from '../modules/hostile-subjects.ts'
import { createTimeServer } from '../modules/time-server.ts'

const ENTRIES = 1_000_000
/** Fewer than any file system lets a file have. */
const LINKS = 50_000
const MEBIBYTE = 1024 ** 2
const TIMEOUT_MS = 60_000
/** Where there is one, a file system in memory: a million entries are made there in seconds. */
if (existsSync('/dev/shm')) process.env['TMPDIR'] = '/dev/shm'

const timeServer = await createTimeServer({ now: () => Date.now() + 3_600_000 })
const SUBJECTS = subjectsOn(timeServer.name)
const isLinux = process.platform === 'linux'
const folder = mkdtempSync(path.join(tmpdir(), 'mig-hostile-'))
const at = (name: string): string => path.join(folder, name)

/** What is asked of a directory of a million files: of `file` and `yara`, not to open each. */
const LISTING: Readonly<Record<string, Subject['parameters']>> = {
  file: (root) => ({ searches: { s1: { paths: [root + PLACE], names: ['^999999$'] } } }),
  yara: (root) => ({
    yara: `rule a { strings: $a = "${NEEDLE}" condition: $a }`,
    files: { paths: [root + PLACE], names: ['^999999$'] },
  }),
}

let runner: OpenRunner
beforeAll(async () => {
  runner = await openHostileRunner()
})
afterAll(async () => {
  await runner.close()
  await timeServer[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

describe.skipIf(!isLinux)('a directory of a million entries', () => {
  const many = at('many')
  beforeAll(() => {
    mkdirSync(many)
    for (let index = 0; index < ENTRIES; index += 1) {
      const place = path.join(many, String(index))
      if (index % LINKS === 0) writeFileSync(place, '')
      else linkSync(path.join(many, String(index - (index % LINKS))), place)
    }
  })

  it.each(SUBJECTS.filter(({ folder: listed }) => listed !== undefined))(
    'is listed by $title',
    async (given) => {
      const subject = { ...given, parameters: LISTING[given.module] ?? given.parameters }
      using host = createHost(subject)
      const listed = host.at(subject.folder ?? '')
      rmSync(listed, { recursive: true })
      renameSync(many, listed)
      try {
        await runHostile(runner, { subject, root: host.root, timeoutMs: TIMEOUT_MS })
      } finally {
        renameSync(listed, many)
      }
    },
  )
})

describe.skipIf(!isLinux)('a line of 100 MB', () => {
  beforeAll(() => {
    writeFileSync(at('line'), Buffer.alloc(100 * MEBIBYTE, 'a b:c=d '))
  })

  it.each(SUBJECTS)('is read by $title', async (subject) => {
    using host = createHost(subject)
    for (const victim of subject.victims)
      host.replace(victim, (place) => {
        linkSync(at('line'), place)
      })
    await runHostile(runner, { subject, root: host.root, timeoutMs: TIMEOUT_MS })
  })
})

describe.skipIf(!isLinux)('gzip that unpacks to 4 GiB', () => {
  const member = gzipSync(Buffer.alloc(64 * MEBIBYTE))
  const bomb = Buffer.concat(Array.from({ length: 64 }, () => member))
  const asked: readonly Omit<Subject, 'victims'>[] = [
    {
      ...{ title: 'file', module: 'file', files: { '/d/bomb.gz': bomb } },
      parameters: (root) => ({
        searches: {
          s1: { paths: [root + PLACE], contents: [NEEDLE], options: { decompress: true } },
        },
      }),
    },
    {
      ...{ title: 'log', module: 'log', files: { '/d/bomb.gz': bomb } },
      parameters: (root) => ({ paths: [`${root}/d/bomb.gz`], regexes: [NEEDLE] }),
    },
    {
      ...{ title: 'logins', module: 'logins', files: { '/var/log/wtmp.1.gz': bomb } },
      parameters: () => ({ queries: ['history'] }),
    },
  ]

  it.each(asked)('is unpacked no further than it says by $title', async (subject) => {
    using host = createHost(subject)
    const run = { subject: { ...subject, victims: [] }, root: host.root, timeoutMs: TIMEOUT_MS }
    const { errors } = await runHostile(runner, run)
    expect(errors).toContainEqual(expect.stringMatching(/unpack/))
  })
})
