/** `pkg` on machines made for it, and on this one beside dpkg-query and rpm. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import type { Machine } from '../../agent-modules/support/machine.ts'
import { pkg, pkgOn } from '../../agent-modules/pkg/index.ts'
import { ABORT_LIMIT_MS, MISFITS, requirePromptStops, runModule } from '../laws/module.ts'
import { createMachine, type MachineInit } from './machine.ts'
import { rpmDatabase, rpmHeader } from './rpm-database.ts'

interface Asked {
  readonly names?: readonly string[]
  readonly vermatch?: string
  readonly vercompare?: string | readonly string[]
  readonly returninstalled?: boolean
}

async function ask(init: MachineInit, asked: Asked = {}) {
  using machine = createMachine(init)
  // Its folder goes when this returns.
  return await askOn(machine, asked)
}

async function askOn(machine: Machine, { names = ['.'], ...more }: Asked = {}) {
  const parameters = { pkgmatch: { matches: names }, returninstalled: true, ...more }
  const module = pkgOn(machine)
  const { findings, errors } = await runModule(module, parameters)
  return { packages: findings as readonly Record<string, string>[], errors, module }
}

const namesOf = ({ packages }: { packages: readonly Record<string, string>[] }): unknown =>
  packages.map(({ name }) => name)

const stanza = (name: string, version: string, more = 'Status: install ok installed\n'): string =>
  `Package: ${name}\n${more}Architecture: amd64\nVersion: ${version}\nDescription: a package\n Version: 9 of a continued line\n`

const STATUS = [
  stanza('libssl3', '3.0.11-1~deb12u2', 'Status: install ok installed\nSource: openssl (3.0.11)\n'),
  stanza('held', '1:2.0-1', 'Status: hold ok installed\n'),
  stanza('removed', '1.0-1', 'Status: deinstall ok config-files\n'),
  stanza('half', '1.0-1', 'Status: install reinstreq half-installed\n'),
  stanza('libc6', '2.36-9', 'Status: install ok installed\nMulti-Arch: same\n'),
].join('\n')

describe('packages of dpkg', () => {
  it('are those whose state is installed, held ones too', async () => {
    const answer = await ask({ files: { '/var/lib/dpkg/status': STATUS } })
    expect(answer.errors).toEqual([])
    expect(answer.packages).toEqual([
      {
        name: 'libssl3',
        version: '3.0.11-1~deb12u2',
        type: 'dpkg',
        arch: 'amd64',
        source: 'openssl',
      },
      { name: 'held', version: '1:2.0-1', type: 'dpkg', arch: 'amd64' },
      { name: 'libc6', version: '2.36-9', type: 'dpkg', arch: 'amd64' },
    ])
  })

  it('have the time of their lists of files', async () => {
    using machine = createMachine({
      files: {
        '/var/lib/dpkg/status': STATUS,
        '/var/lib/dpkg/info/held.list': '',
        '/var/lib/dpkg/info/libc6:amd64.list': '',
      },
    })
    const seconds = Date.parse('2024-05-06T07:08:09Z') / 1000
    for (const list of ['held', 'libc6:amd64'])
      utimesSync(path.join(machine.root, `/var/lib/dpkg/info/${list}.list`), seconds, seconds)
    const { packages } = await askOn(machine)
    expect(packages.map(({ installed }) => installed)).toEqual([
      undefined,
      '2024-05-06T07:08:09Z',
      '2024-05-06T07:08:09Z',
    ])
  })

  it('have no time where none was asked', async () => {
    using machine = createMachine({
      files: {
        '/var/lib/dpkg/status': STATUS,
        '/var/lib/dpkg/info/held.list': '',
        '/var/lib/pacman/local/x-1-1/desc': '%NAME%\nx\n\n%INSTALLDATE%\n1700000000\n',
      },
    })
    const { packages } = await askOn(machine, { returninstalled: false })
    expect(packages).toHaveLength(4)
    expect(packages.map(({ installed }) => installed)).toEqual(Array(4).fill(undefined))
  })

  it('are told as they are while dpkg writes: later changes replace the status', async () => {
    const answer = await ask({
      files: {
        '/var/lib/dpkg/status': STATUS,
        '/var/lib/dpkg/updates/0000': stanza('held', '1:2.1-1'),
        '/var/lib/dpkg/updates/0001': `${stanza('held', '1:2.2-1')}\n${stanza('new', '5')}`,
        '/var/lib/dpkg/updates/0002': stanza(
          'libc6',
          '2.36-9',
          'Status: deinstall ok config-files\n',
        ),
        '/var/lib/dpkg/updates/tmp.i': stanza('unfinished', '1'),
      },
    })
    expect(answer.packages.map(({ name, version }) => `${name} ${version}`)).toEqual([
      'libssl3 3.0.11-1~deb12u2',
      'held 1:2.2-1',
      'new 5',
    ])
  })

  it('are found in images that keep a file each', async () => {
    const answer = await ask({
      files: {
        '/var/lib/dpkg/status.d/base': stanza('base-files', '12', ''),
        '/var/lib/dpkg/status.d/tz': stanza('tzdata', '2024a', ''),
        '/var/lib/dpkg/status.d/tz.md5sums': 'd41d8cd98f00b204e9800998ecf8427e usr/share/x\n',
      },
    })
    expect(namesOf(answer)).toEqual(['base-files', 'tzdata'])
  })

  const isHere = spawnSync('dpkg-query', ['--version']).status === 0

  it.skipIf(!isHere)('are those of dpkg-query on this machine', async () => {
    const format = '${db:Status-Status} ${Package} ${Version} ${Architecture} ${source:Package}\n'
    const theirs = (): readonly string[] =>
      spawnSync('dpkg-query', ['-W', '-f', format], { encoding: 'utf8' })
        .stdout.split('\n')
        .filter((line) => line.startsWith('installed '))
        .sort()
    // Someone may install something just now: then once more.
    for (;;) {
      const before = theirs()
      const { findings } = await runModule(pkg, { pkgmatch: { matches: ['.'] } })
      if (theirs().join() !== before.join()) continue
      const ours = (findings as readonly Record<string, string>[])
        .filter(({ type }) => type === 'dpkg')
        .map(
          ({ name, version, arch, source }) =>
            `installed ${name} ${version} ${arch} ${source ?? name}`,
        )
      expect(ours.sort()).toEqual(before)
      expect(before.length).toBeGreaterThan(10)
      return
    }
  })

  it('says what it cannot read', async () => {
    using machine = createMachine({ files: { '/var/lib/dpkg/status/not-a-file': '' } })
    expect((await askOn(machine)).errors).toEqual(['/var/lib/dpkg/status: not a regular file'])
  })

  it(`stops within ${ABORT_LIMIT_MS} ms in the middle of a large status`, async () => {
    const status = Array.from({ length: 400_000 }, (_, index) =>
      stanza(`p${index}`, '1', 'Status: deinstall ok config-files\n'),
    ).join('\n')
    using machine = createMachine({ files: { '/var/lib/dpkg/status': status } })
    await requirePromptStops(pkgOn(machine), () => ({ pkgmatch: { matches: ['never'] } }))
  })
})

const BASH = { name: 'bash', version: '5.1.8', release: '9.el9', arch: 'x86_64' }

describe('packages of rpm', () => {
  it.each(['/var/lib/rpm', '/usr/lib/sysimage/rpm', '/usr/share/rpm'])(
    'are read from SQLite in %s',
    async (folder) => {
      const database = rpmDatabase([
        rpmHeader({ ...BASH, sourceRpm: 'bash-5.1.8-9.el9.src.rpm', installTime: 1_700_000_000 }),
        rpmHeader({ ...BASH, name: 'shadow-utils', epoch: 2 }),
        rpmHeader({ name: 'gpg-pubkey', version: 'fd431d51', release: '4ae0493b' }),
      ])
      const answer = await ask({ files: { [`${folder}/rpmdb.sqlite`]: database } })
      expect(answer.errors).toEqual([])
      expect(answer.packages).toEqual([
        {
          name: 'bash',
          version: '5.1.8-9.el9',
          type: 'rpm',
          arch: 'x86_64',
          source: 'bash',
          installed: '2023-11-14T22:13:20Z',
        },
        { name: 'shadow-utils', version: '2:5.1.8-9.el9', type: 'rpm', arch: 'x86_64' },
        { name: 'gpg-pubkey', version: 'fd431d51-4ae0493b', type: 'rpm', arch: 'unknown' },
      ])
    },
  )

  it('are counted where they cannot be read', async () => {
    const lying = Buffer.from(rpmHeader(BASH))
    lying.writeUInt32BE(0xffff_ffff, 0)
    const files = {
      '/var/lib/rpm/rpmdb.sqlite': rpmDatabase([lying, Buffer.alloc(3), rpmHeader(BASH)]),
    }
    const answer = await ask({ files })
    expect(namesOf(answer)).toEqual(['bash'])
    expect(answer.errors).toEqual(['/var/lib/rpm/rpmdb.sqlite: 2 packages cannot be read'])
  })

  it('does not take what is no database for an empty one', async () => {
    const { errors } = await ask({ files: { '/var/lib/rpm/rpmdb.sqlite': 'x'.repeat(4096) } })
    expect(errors).toEqual([expect.stringContaining('not a database')])
  })

  it('includes what is only in the log of changes', async () => {
    using machine = createMachine({ files: { '/var/lib/rpm/rpmdb.sqlite': rpmDatabase([]) } })
    const writer = new DatabaseSync(path.join(machine.root, '/var/lib/rpm/rpmdb.sqlite'))
    writer.exec('PRAGMA journal_mode = WAL')
    writer.prepare('INSERT INTO Packages (blob) VALUES (?)').run(rpmHeader(BASH))
    expect(namesOf(await askOn(machine))).toEqual(['bash'])
    writer.close()
  })

  const QUERY =
    'rpm -qa --nodigest --nosignature --queryformat %{NAME}\\t%{EPOCH}\\t%{VERSION}\\t%{RELEASE}\\t%{ARCH}\\t%{SOURCERPM}\\t%{INSTALLTIME}\\n'

  it.each(['Packages', 'Packages.db'])(
    'are asked of rpm where the database is %s',
    async (file) => {
      const answer = await ask({
        files: { [`/var/lib/rpm/${file}`]: 'of an older kind' },
        programs: {
          [QUERY]:
            'bash\t(none)\t4.2.46\t35.el7_9\tx86_64\tbash-4.2.46-35.el7_9.src.rpm\t1700000000\nbind-libs\t32\t9.11.4\t26.P2.el7\tx86_64\tbind-9.11.4-26.P2.el7.src.rpm\t1700000001\n',
        },
      })
      expect(answer.packages).toEqual([
        {
          name: 'bash',
          version: '4.2.46-35.el7_9',
          type: 'rpm',
          arch: 'x86_64',
          source: 'bash',
          installed: '2023-11-14T22:13:20Z',
        },
        expect.objectContaining({
          name: 'bind-libs',
          version: '32:9.11.4-26.P2.el7',
          source: 'bind',
        }),
      ])
    },
  )

  it('says that an older database needs rpm', async () => {
    const { errors } = await ask({ files: { '/var/lib/rpm/Packages': '' } })
    expect(errors).toEqual(['/var/lib/rpm/Packages: only rpm can read it, and there is none'])
  })

  const canBuild = spawnSync('rpmbuild', ['--version']).status === 0

  it.skipIf(!canBuild)('are those of rpm -qa in a database that rpm made', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'mig-rpm-'))
    try {
      buildDatabase(folder)
      const root = path.join(folder, 'root')
      const machine: Machine = {
        platform: 'linux',
        root,
        run: () => Promise.resolve({ kind: 'missing' }),
      }
      const format = '%{NAME} %{EVR} %{ARCH} %{INSTALLTIME}\\n'
      const args = ['--dbpath', path.join(root, '/var/lib/rpm'), '-qa', '--qf', format]
      const theirs = spawnSync('rpm', args, { encoding: 'utf8' }).stdout.trim().split('\n')
      const { packages, errors } = await askOn(machine)
      const ours = packages.map(
        ({ name, version, arch, installed }) =>
          `${name} ${version} ${arch} ${Date.parse(installed ?? '') / 1000}`,
      )
      expect(errors).toEqual([])
      expect(ours.sort()).toEqual(theirs.sort())
      expect(ours.map((line) => line.replace(/ [0-9]+$/, ''))).toEqual([
        'migone 2:1.2~rc1-4 noarch',
        'migtwo 0.5-1 noarch',
      ])
      expect(packages[0]?.['source']).toMatch(/^mig(one|two)$/)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

/** Two packages built, and entered into a database below `root`. */
function buildDatabase(folder: string): void {
  const database = path.join(folder, 'root/var/lib/rpm')
  mkdirSync(database, { recursive: true })
  const specs = { migone: ['1.2~rc1', '4', 'Epoch: 2\n'], migtwo: ['0.5', '1', ''] } as const
  const run = (program: string, ...args: string[]): void => {
    const { status, stderr } = spawnSync(program, args, {
      encoding: 'utf8',
      env: { ...process.env, HOME: folder },
    })
    if (status !== 0) throw new Error(stderr)
  }
  for (const [name, [version, release, more]] of Object.entries(specs)) {
    const spec = path.join(folder, `${name}.spec`)
    const head = `Name: ${name}\nVersion: ${version}\nRelease: ${release}\n${more}`
    writeFileSync(
      spec,
      `${head}Summary: x\nLicense: x\nBuildArch: noarch\n%description\nx\n%files\n`,
    )
    run('rpmbuild', '--quiet', '-bb', '--define', `_topdir ${folder}/top`, spec)
    const built = `${folder}/top/RPMS/noarch/${name}-${version}-${release}.noarch.rpm`
    run('rpm', '--dbpath', database, '--nodeps', '--justdb', '-i', built)
  }
}

describe('packages of other managers', () => {
  it.each(['/lib/apk/db/installed', '/usr/lib/apk/db/installed'])('apk: %s', async (place) => {
    const installed =
      'C:Q1abc=\nP:musl\nV:1.2.4-r2\nA:x86_64\nT:the C library\no:musl\nF:lib\nR:ld-musl\n\nP:libcrypto3\nV:3.1.4-r1\nA:x86_64\no:openssl\n\n'
    expect((await ask({ files: { [place]: installed } })).packages).toEqual([
      { name: 'musl', version: '1.2.4-r2', type: 'apk', arch: 'x86_64', source: 'musl' },
      { name: 'libcrypto3', version: '3.1.4-r1', type: 'apk', arch: 'x86_64', source: 'openssl' },
    ])
  })

  it('pacman', async () => {
    const desc =
      '%NAME%\nopenssl\n\n%VERSION%\n3.2.0-1\n\n%BASE%\nopenssl\n\n%DESC%\nx\n\n%ARCH%\nx86_64\n\n%INSTALLDATE%\n1700000000\n\n'
    const files = {
      '/var/lib/pacman/local/openssl-3.2.0-1/desc': desc,
      '/var/lib/pacman/local/half-removed-1-1/files': '',
      '/var/lib/pacman/local/ALPM_DB_VERSION': '9\n',
    }
    const answer = await ask({ files })
    expect(answer.errors).toEqual([])
    expect(answer.packages).toEqual([
      {
        name: 'openssl',
        version: '3.2.0-1',
        type: 'pacman',
        arch: 'x86_64',
        source: 'openssl',
        installed: '2023-11-14T22:13:20Z',
      },
    ])
  })

  it.each(['linux', 'darwin'] as const)('brew on %s, without following links', async (platform) => {
    using machine = createMachine({
      platform,
      files: {
        '/usr/local/Cellar/wget/1.21.4/INSTALL_RECEIPT.json':
          '{"arch":"arm64","time":1700000000,"source":{}}',
        '/usr/local/Cellar/odd/1.0_1/INSTALL_RECEIPT.json': '{"arch":',
        '/usr/local/Caskroom/firefox/121.0/Firefox.app/x': '',
        '/usr/local/Caskroom/firefox/.metadata/x': '',
        '/etc/secret.json': '{"arch":"leaked"}',
      },
      links: {
        '/usr/local/Cellar/linked': '/etc',
        '/usr/local/Cellar/trap/1.0/INSTALL_RECEIPT.json': '/etc/secret.json',
      },
      programs: { 'pkgutil --pkgs': '', 'system_profiler -json SPApplicationsDataType': '' },
    })
    const { packages, errors } = await askOn(machine)
    expect(errors).toEqual([])
    expect(packages).toEqual([
      { name: 'odd', version: '1.0_1', type: 'brew', arch: 'unknown' },
      { name: 'trap', version: '1.0', type: 'brew', arch: 'unknown' },
      {
        name: 'wget',
        version: '1.21.4',
        type: 'brew',
        arch: 'arm64',
        installed: '2023-11-14T22:13:20Z',
      },
      { name: 'firefox', version: '121.0', type: 'brew', arch: 'unknown' },
    ])
  })

  it('macOS: receipts of the names asked for, and applications', async () => {
    const apps = {
      SPApplicationsDataType: [
        { _name: 'Safari', version: '17.1', arch_kind: 'arch_arm_i64', path: '/Applications' },
        { _name: 'NoVersion' },
        { odd: true },
      ],
    }
    using machine = createMachine({
      platform: 'darwin',
      programs: {
        'pkgutil --pkgs': 'com.apple.pkg.CLTools\ncom.example.agent\n-evil\n',
        'pkgutil --pkg-info com.apple.pkg.CLTools':
          'package-id: com.apple.pkg.CLTools\nversion: 15.1.0.0.1\nvolume: /\nlocation: \ninstall-time: 1700000000\n',
        'system_profiler -json SPApplicationsDataType': JSON.stringify(apps),
      },
    })
    const { packages, errors } = await askOn(machine, {
      names: ['CLTools', 'Safari', 'No', 'evil'],
    })
    expect(errors).toEqual([])
    expect(packages).toEqual([
      {
        name: 'com.apple.pkg.CLTools',
        version: '15.1.0.0.1',
        type: 'pkgutil',
        arch: 'unknown',
        installed: '2023-11-14T22:13:20Z',
      },
      { name: 'Safari', version: '17.1', type: 'app', arch: 'arch_arm_i64' },
      { name: 'NoVersion', version: '', type: 'app', arch: 'unknown' },
    ])
    expect(machine.started).not.toContain('pkgutil --pkg-info com.example.agent')
  })

  it('Windows: for all users, in both halves of the registry, and for each user', async () => {
    const key = 'Microsoft\\Windows\\CurrentVersion\\Uninstall'
    const entry = (name: string, ...values: string[]): string =>
      [
        `HKEY_LOCAL_MACHINE\\SOFTWARE\\${key}\\${name}`,
        ...values.map((v) => `    ${v}`),
        '',
        '',
      ].join('\r\n')
    const user = 'S-1-5-21-1-2-3-1001'
    const query = (place: string): string => `reg query ${place}\\${key} /s /reg:64`
    const answer = await ask({
      platform: 'win32',
      programs: {
        [query('HKLM\\SOFTWARE')]:
          entry(
            '7-Zip',
            'DisplayName    REG_SZ    7-Zip 23.01 (x64)',
            'DisplayVersion    REG_SZ    23.01',
            'InstallDate    REG_SZ    20231012',
          ) + entry('AddressBook', 'SystemComponent    REG_DWORD    0x1'),
        [query('HKLM\\SOFTWARE\\WOW6432Node')]: entry('Old', 'DisplayName    REG_SZ    Old Tool'),
        'reg query HKU': `\r\nHKEY_USERS\\.DEFAULT\r\nHKEY_USERS\\${user}\r\nHKEY_USERS\\${user}_Classes\r\n`,
        [query(`HKU\\${user}\\SOFTWARE`)]: entry(
          'Chat',
          'DisplayName    REG_SZ    Chat',
          'DisplayVersion    REG_SZ    4.5',
        ),
      },
    })
    expect(answer.errors).toEqual([])
    expect(answer.packages).toEqual([
      {
        name: '7-Zip 23.01 (x64)',
        version: '23.01',
        type: 'windows',
        arch: '64-bit',
        installed: '2023-10-12',
      },
      { name: 'Old Tool', version: '', type: 'windows', arch: '32-bit' },
      { name: 'Chat', version: '4.5', type: 'windows', arch: 'unknown' },
    ])
  })
})

describe('a question about packages', () => {
  const files = {
    '/var/lib/dpkg/status': STATUS,
    '/lib/apk/db/installed': 'P:musl\nV:1.2.4-r2\nA:x86_64\n\n',
  }

  it('is answered by all package managers of a host', async () => {
    const { packages } = await ask({ files })
    expect(packages.map(({ type, name }) => `${type} ${name}`)).toEqual([
      'dpkg libssl3',
      'dpkg held',
      'dpkg libc6',
      'apk musl',
    ])
  })

  it('is answered by the others where one cannot be read', async () => {
    const answer = await ask({ files: { ...files, '/var/lib/pacman/local': 'no directory' } })
    expect(answer.packages).toHaveLength(4)
    expect(answer.errors).toEqual(['pacman: not a directory (ENOTDIR)'])
  })

  it.each<readonly [Asked, readonly string[]]>([
    [{ names: ['^libc6$', 'musl'] }, ['libc6', 'musl']],
    [{ vermatch: '^[12]\\.' }, ['libc6', 'musl']],
    [{ vermatch: '!^[12]\\.' }, ['libssl3', 'held']],
    [{ vermatch: '' }, ['libssl3', 'held', 'libc6', 'musl']],
    [{ names: ['ssl'], vercompare: '<3.0.11-1' }, ['libssl3']],
    [{ names: ['ssl'], vercompare: '>=3.0.11-1' }, []],
    [{ vercompare: ['>1.2.4-r1', '<2.36-9'] }, ['musl']],
    [{ vermatch: '9', vercompare: [] }, ['libc6']],
  ])('%j finds %j', async (asked, names) => {
    expect(namesOf(await ask({ files }, asked))).toEqual(names)
  })

  it.each(['linux', 'freebsd'] as const)(
    'is refused on %s without a package manager',
    async (platform) => {
      await expect(ask({ platform })).rejects.toThrow(/^packages: (this host has none|unsupported)/)
    },
  )

  it('leaves out what no package is called, and says so', async () => {
    const status = [stanza('x'.repeat(2000), '1'), stanza('fine', '1')].join('\n')
    const answer = await ask({ files: { '/var/lib/dpkg/status': status } })
    expect(namesOf(answer)).toEqual(['fine'])
    expect(answer.errors).toEqual([expect.stringMatching(MISFITS)])
  })

  it('says of 1,500 files that cannot be read 900, and how many more', async () => {
    const folders = Array.from({ length: 1500 }, (_, at) => `/var/lib/pacman/local/p${at}-1-1`)
    const files = Object.fromEntries(folders.map((folder) => [`${folder}/desc/no-file`, '']))
    const { errors } = await ask({ files })
    expect(errors).toHaveLength(901)
    expect(errors[0]).toMatch(/^\/var\/lib\/pacman\/local\/p\d+-1-1\/desc: /)
    expect(errors.at(-1)).toBe('600 errors were not returned')
  })

  it('stops at 100,000 packages, and says so', async () => {
    const status = Array.from({ length: 100_001 }, (_, index) => stanza(`p${index}`, '1')).join(
      '\n',
    )
    const answer = await ask(
      { files: { '/var/lib/dpkg/status': status } },
      { names: ['^p100000$'] },
    )
    expect(answer.packages).toEqual([])
    expect(answer.errors).toEqual(['stopped after 100000 packages'])
  })

  it('is printed as MIG does', async () => {
    const { packages, module } = await ask({ files }, { names: ['ssl', 'musl'] })
    const answer = {
      elements: module.arrange(packages, { pkgmatch: { matches: ['.'] } }),
      statistics: { exectime: '1ms', examined: 4 },
    }
    const found = [
      'pkgmatch name=libssl3 version=3.0.11-1~deb12u2 type=dpkg arch=amd64 source=openssl',
      'pkgmatch name=musl version=1.2.4-r2 type=apk arch=x86_64',
    ]
    expect(module.lines(answer, { foundOnly: true })).toEqual(found)
    expect(module.lines(answer, { foundOnly: false })).toEqual([
      ...found,
      'Statistics: 4 packages examined, runtime 1ms',
    ])
  })
})
