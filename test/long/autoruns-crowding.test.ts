/** `autoruns` as an agent runs it, on a host where one user does what can be done to keep it from answering. */
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { elements as schema } from '../../agent-modules/autoruns/answer.ts'
import type { OpenRunner } from '../../node/runner/run-module.ts'
import {
  createHost,
  openHostileRunner,
  runHostile,
  type HostileHost,
} from '../modules/hostile-runs.ts'

const ALICE = '/home/alice'
const MEBIBYTE = 1024 * 1024
const FILES = {
  '/etc/passwd':
    'root:x:0:0::/root:/bin/sh\nalice:x:4711:4711::/home/alice:/bin/sh\nbob:x:4712:4712::/home/bob:/bin/sh\n',
  '/etc/cron.d/own': '@daily root /opt/own\n',
  '/etc/ld.so.preload': '/opt/evil.so\n',
  '/opt/own': 'a program',
  '/home/bob/.config/autostart/bob.desktop': '[Desktop Entry]\nExec=/home/bob/run\n',
  '/home/bob/run': 'a program',
  '/home/alice/.bashrc': '',
}

function write(host: HostileHost, place: string, content: string): void {
  mkdirSync(path.dirname(host.at(place)), { recursive: true })
  writeFileSync(host.at(place), content)
}

const autostart = (host: HostileHost, name: string, program: string): void => {
  write(host, `${ALICE}/.config/autostart/${name}.desktop`, `[Desktop Entry]\nExec=${program}\n`)
}

const each = (count: number, make: (index: number) => void): void => {
  for (let index = 0; index < count; index += 1) make(index)
}

/** What alice does, and what is said of it. */
const CROWDS: Readonly<Record<string, readonly [(host: HostileHost) => void, RegExp]>> = {
  'units with more programs than are looked at': [
    (host) => {
      const programs = Array.from(
        { length: 31_000 },
        (_, index) => `ExecStart=/${index % 10}${index}`,
      )
      for (const name of ['a', 'b'])
        write(
          host,
          `${ALICE}/.config/systemd/user/${name}.service`,
          `[Service]\n${programs.join('\n').slice(0, 255 * 1024)}\n`,
        )
    },
    /^not all entries of alice /,
  ],
  'sparse files for programs': [
    (host) => {
      each(40, (index) => {
        autostart(host, `s${index}`, `${ALICE}/s${index}`)
        write(host, `${ALICE}/s${index}`, '')
        truncateSync(host.at(`${ALICE}/s${index}`), 512 * MEBIBYTE)
      })
    },
    /^not all files of alice were hashed/,
  ],
  'thousands of entries with long paths': [
    (host) => {
      each(10_000, (index) => {
        autostart(host, `l${index}`, `/${index}${'y'.repeat(3900)}`)
      })
    },
    /^not all entries of alice /,
  ],
  'thousands of paths that lead through thousands of folders': [
    (host) => {
      each(1000, (index) => {
        autostart(host, `d${index}`, `/é${index}${'/é'.repeat(1300)}`)
      })
    },
    /^not all |folders and links/,
  ],
  'thousands of paths through folders with long names': [
    (host) => {
      each(1100, (index) => {
        autostart(host, `n${index}`, `/${index}${`/${'ł'.repeat(14)}`.repeat(250)}`)
      })
    },
    /^not all (?:entries|definitions) of alice /,
  ],
  'one long line that is found again and again': [
    (host) => {
      write(host, `${ALICE}/long`, `BASH_ENV=/${'ł'.repeat(120_000)}\n`)
      mkdirSync(host.at(`${ALICE}/.config/environment.d`), { recursive: true })
      each(3000, (index) => {
        symlinkSync('../../long', host.at(`${ALICE}/.config/environment.d/${index}`))
      })
    },
    /^not all (?:entries|definitions) of alice /,
  ],
  'drop-ins of drop-ins, all of one file': [
    (host) => {
      const units = `${ALICE}/.config/systemd/user`
      write(host, `${ALICE}/long`, '#\n'.repeat(128 * 1024))
      mkdirSync(host.at(`${units}/service.d`), { recursive: true })
      each(256, (index) => {
        symlinkSync('../../../../long', host.at(`${units}/service.d/${index}.conf`))
        write(host, `${units}/${index}.service`, '')
      })
    },
    /^not all definitions of alice /,
  ],
}

let runner: OpenRunner
beforeAll(async () => {
  runner = await openHostileRunner()
})
afterAll(async () => {
  await runner.close()
})

describe.skipIf(process.platform !== 'linux')('one user who has', () => {
  it.each(Object.entries(CROWDS))(
    '%s hides nothing of the machine, and nothing of others',
    async (title, [crowd, said]) => {
      using host = createHost({ files: FILES })
      crowd(host)
      const subject = {
        title,
        module: 'autoruns',
        files: FILES,
        victims: [],
        parameters: () => ({}),
      }
      const { elements, errors } = await runHostile(runner, {
        ...{ subject, root: host.root, timeoutMs: 60_000 },
      })
      const { entries } = schema.parse(elements)
      const others = entries.filter(({ definition }) => !definition.path.startsWith(ALICE))
      expect(others.map(({ name, executable }) => [name, executable?.sha256?.length])).toEqual([
        ['own', 64],
        ['ld.so.preload', undefined],
        ['bob.desktop', 64],
      ])
      expect(entries.slice(0, 2).map(({ name }) => name)).toEqual(['own', 'ld.so.preload'])
      expect(errors).toContainEqual(expect.stringMatching(said))
    },
    90_000,
  )
})
