/** Which programs are started, and by whom they may have been put there. */
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  findProgram,
  refusedProgram,
  runProgram,
  searchPath,
} from '../../agent-modules/support/program.ts'

const NOBODY = 65_534
const { signal } = new AbortController()

// Below root's own folder: in the one for temporary files, everybody may write.
describe.skipIf(process.getuid?.() !== 0)('a program that root would start', () => {
  let root = ''
  let [own, open] = ['', '']
  beforeEach(() => {
    root = mkdtempSync(path.join(homedir(), '.mig-programs-'))
    ;[own, open] = [path.join(root, 'own'), path.join(root, 'open')]
    for (const folder of [own, open]) {
      mkdirSync(folder)
      writeFileSync(path.join(folder, 'tool'), '#!/bin/sh\n', { mode: 0o755 })
    }
  })
  afterEach(() => {
    rmSync(root, { recursive: true })
  })

  it('is taken where nobody else can change it', () => {
    expect(findProgram('tool', [own])).toBe(path.join(own, 'tool'))
    expect(searchPath([own, open])).toBe(`${own}:${open}`)
  })

  it.each<[string, () => void]>([
    [
      'is owned by a user',
      () => {
        chownSync(path.join(open, 'tool'), NOBODY, 0)
      },
    ],
    [
      'can be written by a group',
      () => {
        chmodSync(path.join(open, 'tool'), 0o775)
      },
    ],
    [
      'can be written by all',
      () => {
        chmodSync(path.join(open, 'tool'), 0o757)
      },
    ],
    [
      'is in the folder of a user',
      () => {
        chownSync(open, NOBODY, 0)
      },
    ],
    [
      'is in a folder of a group',
      () => {
        chmodSync(open, 0o2775)
      },
    ],
    [
      'is below the folder of a user',
      () => {
        chownSync(root, NOBODY, 0)
      },
    ],
    [
      'is a link to the program of a user',
      () => {
        chownSync(path.join(own, 'tool'), NOBODY, 0)
        relink(path.join(open, 'tool'), '../own/tool')
      },
    ],
    [
      'is a link by way of the folder of a user',
      () => {
        mkdirSync(path.join(root, 'users'))
        symlinkSync(path.join(own, 'tool'), path.join(root, 'users/tool'))
        chownSync(path.join(root, 'users'), NOBODY, 0)
        relink(path.join(open, 'tool'), '../users/tool')
      },
    ],
    [
      'is in a folder that is a link of a user',
      () => {
        rmSync(open, { recursive: true })
        symlinkSync(own, open)
        chownSync(root, NOBODY, 0)
      },
    ],
    [
      'is a link to itself',
      () => {
        relink(path.join(open, 'tool'), 'tool')
      },
    ],
  ])('is not taken where it %s', (_, change) => {
    change()
    expect(findProgram('tool', [open])).toBeUndefined()
  })

  it('is looked for in the next folder, where one is not to be trusted, and PATH leaves that out', () => {
    chownSync(open, NOBODY, 0)
    expect(findProgram('tool', [open, own])).toBe(path.join(own, 'tool'))
    expect(searchPath([open, own, path.join(root, 'none')])).toBe(own)
    expect(refusedProgram('tool', [open])).toBe(
      `not run as root, because others can change ${path.join(open, 'tool')}`,
    )
    expect(refusedProgram('none', [open])).toBeUndefined()
  })

  it("is taken through links that are root's, as /bin is one", () => {
    relink(path.join(open, 'tool'), '../own/tool')
    symlinkSync(open, path.join(root, 'linked'))
    const linked = path.join(root, 'linked')
    expect(findProgram('tool', [linked])).toBe(path.join(linked, 'tool'))
  })
})

function relink(place: string, target: string): void {
  rmSync(place)
  symlinkSync(target, place)
}

describe('runProgram', () => {
  it("gives programs a PATH that holds the system's own folders, and nothing else of our environment", async () => {
    const outcome = await runProgram('env', [], { signal })
    const text = outcome.kind === 'ended' ? outcome.stdout.toString() : outcome.kind
    expect(
      text
        .split('\n')
        .filter((line) => !/^(_|PWD|SHLVL)=/.test(line))
        .toSorted(),
    ).toEqual(['', 'LC_ALL=C', `PATH=${searchPath()}`, 'TZ=UTC'])
    expect(searchPath()).toContain('/usr/bin')
  })

  it('says that a program is missing', async () => {
    expect(await runProgram('no-such-program', [], { signal })).toEqual({ kind: 'missing' })
  })
})
