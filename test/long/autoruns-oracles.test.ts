/** `autoruns` against the tools that know: systemctl for what is enabled, dpkg for whose files are and whether they are as they came. */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { HostFiles } from '../../agent-modules/autoruns/host-files.ts'
import { unitSettings } from '../../agent-modules/autoruns/linux/systemd/unit-programs.ts'
import { stateOf } from '../../agent-modules/autoruns/linux/systemd/unit-state.ts'
import {
  readUnitTree,
  SYSTEM_FOLDERS,
  userFolders,
} from '../../agent-modules/autoruns/linux/systemd/unit-tree.ts'
import { thisMachine } from '../../agent-modules/support/machine.ts'
import { SoftErrors } from '../../agent-modules/support/soft-errors.ts'
import { ask } from '../modules/autoruns-machine.ts'

const hasTool = (name: string): boolean => spawnSync(name, ['--version']).status === 0
const isRoot = process.getuid?.() === 0

function systemctlStates(
  root: string,
  options: readonly string[],
): Readonly<Record<string, string>> {
  const args = ['list-unit-files', `--root=${root}`, '--no-legend', '--no-pager', ...options]
  const lines = execFileSync('systemctl', args, { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '')
  return Object.fromEntries(lines.map((line) => line.split(/\s+/).slice(0, 2)))
}

async function ownStates(
  root: string,
  folders: readonly string[],
): Promise<Record<string, string>> {
  const errors = new SoftErrors((message) => {
    throw new Error(message)
  }, 0)
  const machine = { ...thisMachine, root }
  const host = new HostFiles({ machine, errors, signal: new AbortController().signal })
  const tree = await readUnitTree(host, folders)
  const states = [...tree.units.values()].map((unit) => {
    const settings = unitSettings(host, unit, tree).filter(({ place }) => place === unit.place)
    return [unit.name, stateOf(host, { unit, tree, settings })]
  })
  return Object.fromEntries(states)
}

/** The same numbers for the same seed: mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const FOLDERS = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/lib/systemd/system',
]
const NAMES = [
  ...Array.from({ length: 12 }, (_, index) => `u${index}.service`),
  ...Array.from({ length: 4 }, (_, index) => `t${index}@.service`),
  ...['t0@x.service', 't1@y.service', 's.socket', 'm.timer', 'p.path', 'g.target'],
]

/** Units in several folders, masked, linked from elsewhere, aliased, wanted by this and that. */
class UnitTreeMaker {
  readonly #root: string
  readonly #random: () => number

  constructor(root: string, seed: number) {
    this.#root = root
    this.#random = randomNumbers(seed)
    mkdirSync(path.join(root, 'usr/lib'), { recursive: true })
    symlinkSync('usr/lib', path.join(root, 'lib'))
    for (const name of NAMES) this.#addUnit(name)
  }

  #addUnit(name: string): void {
    const folder = this.#pick(FOLDERS)
    const kind = this.#random()
    const unit = `[Service]\nExecStart=/bin/true\n${this.#install(name)}`
    if (kind < 0.08) this.#link(`${folder}/${name}`, '/dev/null')
    else if (kind < 0.16) this.#write(`${folder}/${name}`, '')
    else if (kind < 0.24) {
      this.#write(`/opt/${name}`, unit)
      this.#link(`${folder}/${name}`, `/opt/${name}`)
    } else {
      this.#write(`${folder}/${name}`, unit)
      if (this.#random() < 0.2) this.#write(`${this.#pick(FOLDERS)}/${name}`, unit)
    }
    this.#addLinks(name, folder)
  }

  #install(name: string): string {
    const lines = [
      this.#random() < 0.6 ? 'WantedBy=multi-user.target' : '',
      this.#random() < 0.2 ? `Alias=alias-${name}` : '',
      this.#random() < 0.15 ? 'Also=u1.service' : '',
      name.includes('@.') && this.#random() < 0.6 ? 'DefaultInstance=dflt' : '',
    ].filter((line) => line !== '')
    return lines.length === 0 ? '' : `[Install]\n${lines.join('\n')}\n`
  }

  #addLinks(name: string, folder: string): void {
    for (let count = Math.floor(this.#random() * 3); count > 0; count -= 1) {
      const instance = name.replace('@.', this.#pick(['@.', '@dflt.', '@z.']))
      const dependency = this.#pick(['multi-user.target.wants', 'g.target.requires'])
      const target = this.#pick([`${folder}/${name}`, `../${name}`])
      this.#link(`${this.#pick(FOLDERS)}/${dependency}/${instance}`, target)
    }
    if (name.includes('@')) return
    if (this.#random() < 0.2)
      this.#link(`${this.#pick(FOLDERS)}/alias-${name}`, this.#pick([`${folder}/${name}`, name]))
    if (this.#random() < 0.1)
      this.#link(`${this.#pick(FOLDERS)}/other-${name}`, `${folder}/${name}`)
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.#random() * items.length)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }

  #write(file: string, text: string): void {
    const place = path.join(this.#root, file)
    mkdirSync(path.dirname(place), { recursive: true })
    if (!existsSync(place)) writeFileSync(place, text)
  }

  #link(file: string, target: string): void {
    const place = path.join(this.#root, file)
    mkdirSync(path.dirname(place), { recursive: true })
    try {
      symlinkSync(target, place)
    } catch {
      // There is something of this name already.
    }
  }
}

describe.skipIf(!hasTool('systemctl'))('the state of units', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'is what systemctl says of tree %i',
    async (seed) => {
      const root = mkdtempSync(path.join(tmpdir(), 'mig-units-'))
      try {
        new UnitTreeMaker(root, seed)
        expect(await ownStates(root, SYSTEM_FOLDERS)).toEqual(systemctlStates(root, []))
      } finally {
        rmSync(root, { recursive: true })
      }
    },
  )

  it.each([
    { what: 'the machine', folders: SYSTEM_FOLDERS, options: [] },
    { what: 'all users', folders: userFolders(), options: ['--global'] },
  ])('is what systemctl says of $what here', async ({ folders, options }) => {
    expect(await ownStates('', folders)).toEqual(systemctlStates('/', options))
  })
})

describe.skipIf(!hasTool('dpkg'))('packages', () => {
  it('own the files that dpkg -S says they own, and no others', async () => {
    const { entries: all } = await ask(thisMachine, { hash: 'none' })
    // Those are folders, which no package is asked for.
    const entries = all.filter(({ kind }) => kind !== 'library-path')
    const files = entries.flatMap(({ definition, executable }) => [
      definition,
      ...(executable ? [executable] : []),
    ])
    const looked = files.filter(
      ({ mode, path: file }) => mode !== undefined && file.startsWith('/'),
    )
    const known = new Map(looked.map((file) => [file.real ?? file.path, file]))
    expect(known.size).toBeGreaterThan(20)
    const owners = ownersByDpkg([...known.keys()])
    expect(owners.size).toBeGreaterThan(20)
    for (const [real, file] of known) expect(file.package, real).toBe(owners.get(real))
  })

  it.skipIf(!isRoot)(
    'have changed the files that dpkg --verify says have changed',
    async () => {
      const { entries } = await ask(thisMachine, { modified: true })
      const own = entries
        .flatMap(({ definition, executable }) => [definition, ...(executable ? [executable] : [])])
        .filter(({ flags }) => flags.includes('modified'))
        .map((file) => file.real ?? file.path)
      const all = await ask(thisMachine, { hash: 'none' })
      const candidates = new Set(
        all.entries.flatMap(({ definition, executable }) =>
          [definition, executable].flatMap((file) =>
            file?.package ? [file.real ?? file.path] : [],
          ),
        ),
      )
      const packages = new Set(
        all.entries.flatMap(({ definition, executable }) => [
          definition.package,
          executable?.package,
        ]),
      )
      const names = [...packages].filter((name) => name !== undefined)
      const verified = spawnSync('dpkg', ['--verify', ...names], { encoding: 'utf8' }).stdout
      const changed = [...verified.matchAll(/^..5\S+\s+(?:c )?\s*(\/.*)$/gm)].map(([, file = '']) =>
        canonical(file),
      )
      expect(new Set(own)).toEqual(new Set(changed.filter((file) => candidates.has(file))))
    },
    60_000,
  )

  it.skipIf(!isRoot)(
    'are found on a machine of their own, through merged folders and diversions',
    async () => {
      const root = mkdtempSync(path.join(tmpdir(), 'mig-dpkg-'))
      try {
        install(root, 'mine', {
          'bin/mine': '#!/bin/sh\n',
          'etc/cron.d/mine': '@daily root /bin/mine\n',
        })
        install(root, 'diverted', { 'usr/bin/tool': 'one' })
        execFileSync('dpkg-divert', [
          '--root',
          root,
          '--package',
          'diverter',
          '--rename',
          '--divert',
          '/usr/bin/tool.old',
          '--add',
          '/usr/bin/tool',
        ])
        install(root, 'diverter', {
          'usr/bin/tool': 'two',
          'etc/cron.d/tools': '@daily root /usr/bin/tool.old\n@daily root /usr/bin/tool\n',
        })
        mergeFolder(root)
        writeFileSync(path.join(root, 'etc/cron.d/own'), '@daily root /usr/bin/mine\n')
        writeFileSync(path.join(root, 'usr/bin/tool'), 'changed')
        const { entries } = await ask({ ...thisMachine, root }, { kinds: ['cron'] })
        expect(
          entries.map(({ name, definition, executable }) => [
            name,
            definition.package,
            executable?.real ?? executable?.path,
            executable?.package,
            executable?.flags,
          ]),
        ).toEqual([
          ['mine', 'mine', '/usr/bin/mine', 'mine', []],
          ['own', undefined, '/usr/bin/mine', 'mine', []],
          ['tools', 'diverter', '/usr/bin/tool.old', 'diverted', []],
          ['tools', 'diverter', '/usr/bin/tool', 'diverter', ['modified']],
        ])
      } finally {
        rmSync(root, { recursive: true })
      }
    },
  )
})

const canonical = (file: string): string =>
  file.replace(/^\/(bin|sbin|lib|lib32|lib64|libx32)\//, '/usr/$1/')

/** By either name of a file in a merged folder; a diversion is no owner. */
function ownersByDpkg(files: readonly string[]): ReadonlyMap<string, string> {
  const short = files.map((file) => file.replace(/^\/usr(?=\/(?:s?bin|lib(?:32|64|x32)?)\/)/, ''))
  const args = ['-S', ...new Set([...files, ...short])]
  const { stdout } = spawnSync('dpkg', args, { encoding: 'utf8' })
  const lines = stdout.split('\n').filter((line) => !line.startsWith('diversion'))
  return new Map(
    lines.map((line) => [canonical(line.replace(/^.*?: /, '')), line.replace(/[:,].*/, '')]),
  )
}

/** Builds a package, and unpacks it there. */
function install(root: string, name: string, files: Readonly<Record<string, string>>): void {
  const tree = mkdtempSync(path.join(tmpdir(), 'mig-deb-'))
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(tree, file)), { recursive: true })
    writeFileSync(path.join(tree, file), text)
  }
  for (const [file, text] of Object.entries(files)) write(file, text)
  const sums = Object.keys(files).map((file) =>
    execFileSync('md5sum', [file], { cwd: tree, encoding: 'utf8' }),
  )
  write('DEBIAN/md5sums', sums.join(''))
  write(
    'DEBIAN/control',
    `Package: ${name}\nVersion: 1\nArchitecture: all\nMaintainer: a <a@b.c>\nDescription: x\n`,
  )
  chmodSync(tree, 0o755)
  mkdirSync(path.join(root, 'var/lib/dpkg/info'), { recursive: true })
  mkdirSync(path.join(root, 'var/lib/dpkg/updates'), { recursive: true })
  for (const file of ['status', 'available'])
    writeFileSync(path.join(root, 'var/lib/dpkg', file), '', { flag: 'a' })
  execFileSync('dpkg-deb', ['--build', '--root-owner-group', tree, `${tree}.deb`], {
    stdio: 'pipe',
  })
  execFileSync('dpkg', ['--root', root, '--force-script-chrootless', '--install', `${tree}.deb`], {
    stdio: 'pipe',
  })
  rmSync(tree, { recursive: true })
  rmSync(`${tree}.deb`)
}

/** As usrmerge does: what packages know as /bin/x lies in /usr/bin. */
function mergeFolder(root: string): void {
  execFileSync('mv', [path.join(root, 'bin/mine'), path.join(root, 'usr/bin/mine')])
  rmSync(path.join(root, 'bin'), { recursive: true })
  symlinkSync('usr/bin', path.join(root, 'bin'))
}
