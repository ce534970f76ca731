/** What hostile hosts are tried on: every module that reads files, with a host on which it finds something, and the files that it reads there. */
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { lastlogOf, recordsOf } from './login-records.ts'
import { linuxMachine } from './linux-processes.ts'
import { rpmDatabase, rpmHeader } from './rpm-database.ts'

export interface Subject {
  readonly title: string
  readonly module: string
  readonly files: Readonly<Record<string, string | Buffer>>
  /** Where symbolic links lead on that host. */
  readonly links?: Readonly<Record<string, string>>
  /** Which of the files are replaced by what a hostile host has instead. */
  readonly victims: readonly string[]
  /** The directory that it lists, if it does. */
  readonly folder?: string
  /** What it is asked, when the files of its host are below `root`. */
  parameters(root: string): object
  /** It reads whole files, however large, and only its time bounds it. */
  readonly readsAll?: boolean
}

export const NEEDLE = 'needle'
const { privateKey } = generateKeyPairSync('ed25519')
const KEY = String(privateKey.export({ format: 'pem', type: 'pkcs8' }))
const PASSWD = 'root:x:0:0::/root:/bin/sh\neve:x:1000:1000::/home/eve:/bin/sh\n'
const AT_MS = Date.parse('2026-03-10T12:00:00Z')
const RECORDS = recordsOf([{ type: 7, line: 'pts/0', user: 'eve', host: '192.0.2.7', atMs: AT_MS }])
const STATUS = (name: string): string =>
  `Package: ${name}\nStatus: install ok installed\nVersion: 1.0\nArchitecture: all\n\n`
const RPM_HEADER = rpmHeader({ name: 'needle', version: '1', release: '1', arch: 'noarch' })

/** Modules that are told where to look find it in /d. */
export const PLACE = '/d'

const search = (fields: object): object => ({ searches: { s1: fields } })

const LOGINS: Omit<Subject, 'title' | 'victims' | 'parameters'> = {
  module: 'logins',
  files: {
    '/etc/passwd': PASSWD,
    '/etc/shadow': 'root:*:1:0:9:7:::\neve:$6$a$b:1:0:9:7:::\n',
    '/etc/group': 'sudo:x:27:eve\n',
    '/etc/sudoers': 'eve ALL=ALL\n@includedir /etc/sudoers.d\n',
    '/etc/sudoers.d/own': 'eve ALL=ALL\n',
    '/etc/shells': '/bin/sh\n',
    '/run/utmp': RECORDS,
    '/var/log/wtmp': RECORDS,
    '/var/log/btmp': RECORDS,
    '/var/log/lastlog': lastlogOf([
      { uid: 0, seconds: 1, line: 'tty1', host: '' },
      { uid: 1000, seconds: AT_MS / 1000, line: 'pts/0', host: '192.0.2.7' },
    ]),
  },
}
const ALL_QUERIES = ['current', 'history', 'failed', 'lastlogins', 'privileged', 'accounts']

/** `timeServer` tells a time that is far off. */
export const subjectsOn = (timeServer: string): readonly Subject[] => [
  {
    ...{ title: 'file', module: 'file', readsAll: true, folder: PLACE },
    files: { '/d/victim': NEEDLE, '/d/own': NEEDLE },
    victims: ['/d/victim'],
    parameters: (root) =>
      search({ paths: [root + PLACE], contents: [NEEDLE], options: { matchall: true } }),
  },
  {
    ...{ title: 'yara', module: 'yara', folder: PLACE },
    files: { '/d/victim': NEEDLE, '/d/own': NEEDLE },
    victims: ['/d/victim'],
    parameters: (root) => ({
      yara: `rule a { strings: $a = "${NEEDLE}" condition: $a }`,
      files: { paths: [root + PLACE] },
    }),
  },
  {
    ...{ title: 'sshkey', module: 'sshkey', folder: PLACE },
    files: { '/d/.ssh/victim': KEY, '/d/.ssh/own': KEY },
    victims: ['/d/.ssh/victim'],
    parameters: (root) => ({ paths: [root + PLACE] }),
  },
  {
    ...{ title: 'log', module: 'log', readsAll: true },
    files: { '/d/victim': `${NEEDLE}\n`, '/d/own': `${NEEDLE}\n` },
    victims: ['/d/victim'],
    folder: PLACE,
    parameters: (root) => ({
      ...{ paths: [`${root}/d/own`, `${root}/d/victim`], regexes: [NEEDLE] },
    }),
  },
  {
    ...{ title: 'autoruns', module: 'autoruns', folder: '/etc/cron.d' },
    files: {
      '/etc/passwd': PASSWD,
      '/etc/cron.d/own': '@daily root /opt/own\n',
      '/etc/cron.d/victim': '@daily root /opt/own\n',
      '/etc/systemd/system/victim.service': '[Service]\nExecStart=/opt/own\n',
      '/opt/own': 'a program',
    },
    victims: ['/etc/cron.d/victim', '/etc/systemd/system/victim.service'],
    parameters: () => ({ kinds: ['cron', 'service'], hash: 'all' }),
  },
  {
    ...{ title: 'autoruns, its programs', module: 'autoruns' },
    files: {
      '/etc/cron.d/own': '@daily root /opt/own\n@daily root /opt/victim\n',
      '/opt/own': 'a program',
      '/opt/victim': 'a program',
    },
    victims: ['/opt/victim'],
    parameters: () => ({ kinds: ['cron'], hash: 'all' }),
  },
  {
    ...{ ...LOGINS, title: 'logins, its records', folder: '/var/log' },
    victims: ['/var/log/wtmp', '/var/log/btmp', '/var/log/lastlog'],
    parameters: () => ({ queries: ALL_QUERIES }),
  },
  {
    ...{ ...LOGINS, title: 'logins, its accounts' },
    victims: ['/etc/passwd', '/etc/shadow', '/etc/group', '/etc/shells'],
    parameters: () => ({ queries: ALL_QUERIES }),
  },
  {
    ...{ ...LOGINS, title: 'logins, its sudoers', folder: '/etc/sudoers.d' },
    victims: ['/etc/sudoers'],
    parameters: () => ({ queries: ['privileged'] }),
  },
  {
    ...{ title: 'logins, its databases', module: 'logins' },
    files: {
      ...LOGINS.files,
      '/var/lib/wtmpdb/wtmp.db': sqlite(
        'CREATE TABLE wtmp (ID INTEGER PRIMARY KEY, Type, User, Login, Logout, TTY, RemoteHost)',
      ),
      '/var/lib/lastlog/lastlog2.db': sqlite('CREATE TABLE Lastlog2 (Name, Time, TTY, RemoteHost)'),
    },
    victims: ['/var/lib/wtmpdb/wtmp.db', '/var/lib/lastlog/lastlog2.db'],
    parameters: () => ({ queries: ['history', 'lastlogins'] }),
  },
  {
    ...{ title: 'logins, sessions of systemd', module: 'logins', folder: '/run/systemd/sessions' },
    files: Object.fromEntries(
      ['1', '2'].map((name) => [
        `/run/systemd/sessions/${name}`,
        'USER=eve\nCLASS=user\nSTATE=active\nLEADER=7\nREALTIME=1\n',
      ]),
    ),
    victims: ['/run/systemd/sessions/1'],
    parameters: () => ({ queries: ['current'] }),
  },
  {
    ...{ title: 'pkg of dpkg', module: 'pkg', folder: '/var/lib/dpkg/status.d' },
    files: {
      '/var/lib/dpkg/status': STATUS('needle-own'),
      '/var/lib/dpkg/status.d/victim': STATUS('needle-victim'),
      '/var/lib/dpkg/updates/1': STATUS('needle-update'),
    },
    victims: ['/var/lib/dpkg/status.d/victim', '/var/lib/dpkg/updates/1'],
    parameters: () => ({ pkgmatch: { matches: [NEEDLE] } }),
  },
  {
    ...{ title: 'pkg of rpm', module: 'pkg' },
    files: {
      '/var/lib/rpm/rpmdb.sqlite': rpmDatabase([RPM_HEADER]),
      '/var/lib/dpkg/status': STATUS('needle-own'),
    },
    victims: ['/var/lib/rpm/rpmdb.sqlite'],
    parameters: () => ({ pkgmatch: { matches: [NEEDLE] } }),
  },
  {
    ...{ title: 'pkg of pacman', module: 'pkg', folder: '/var/lib/pacman/local' },
    files: Object.fromEntries(
      ['own', 'victim'].map((name) => [
        `/var/lib/pacman/local/needle-${name}-1-1/desc`,
        `%NAME%\nneedle-${name}\n\n%VERSION%\n1-1\n`,
      ]),
    ),
    victims: ['/var/lib/pacman/local/needle-victim-1-1/desc'],
    parameters: () => ({ pkgmatch: { matches: [NEEDLE] } }),
  },
  {
    ...{ title: 'pkg of apk', module: 'pkg' },
    files: {
      '/lib/apk/db/installed': 'P:needle\nV:1\nA:all\n\n',
      '/var/lib/dpkg/status': STATUS('needle-own'),
    },
    victims: ['/lib/apk/db/installed'],
    parameters: () => ({ pkgmatch: { matches: [NEEDLE] } }),
  },
  {
    ...{ title: 'timedrift', module: 'timedrift', folder: '/etc/chrony.d' },
    files: {
      '/etc/chrony.conf': `server ${timeServer}\n`,
      '/etc/chrony.d/victim.conf': `server ${timeServer}\n`,
      '/etc/ntp.conf': `server ${timeServer}\n`,
      '/etc/systemd/timesyncd.conf': `[Time]\nNTP=${timeServer}\n`,
    },
    victims: ['/etc/chrony.conf', '/etc/chrony.d/victim.conf', '/etc/systemd/timesyncd.conf'],
    parameters: () => ({ drift: '60s' }),
  },
  {
    ...{ title: 'process', module: 'process', readsAll: true },
    ...processHost(),
    victims: ['/bin/victim'],
    parameters: () => search({ options: { matchall: true, returnsha256: true } }),
  },
]

/** Two processes and the programs that they run. */
function processHost(): Pick<Subject, 'files' | 'links'> {
  const { files, links } = linuxMachine([
    { pid: 7, name: 'own', exe: '/bin/own' },
    { pid: 8, name: 'victim', exe: '/bin/victim' },
  ])
  return { files: { ...files, '/bin/own': 'a program', '/bin/victim': 'a program' }, links }
}

/** The bytes of a database that these statements make. */
function sqlite(statements: string): Buffer {
  const folder = mkdtempSync(path.join(tmpdir(), 'mig-sqlite-'))
  try {
    const place = path.join(folder, 'db')
    const database = new DatabaseSync(place)
    database.exec(statements)
    database.close()
    return readFileSync(place)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
