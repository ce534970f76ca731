import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { agentRecord } from '../../../node/core/target/record.ts'
import { readIdent } from '../../../node/host/facts-ident.ts'
import { readInit } from '../../../node/host/facts-init.ts'
import { addressesOf, proxyOf, readFullName } from '../../../node/host/facts-network.ts'
import { goArch, readFacts } from '../../../node/host/facts.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mig-facts-'))
})
afterEach(() => rm(root, { recursive: true }))

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
}

describe('the record', () => {
  const input = {
    id: '12D3KooWabc',
    tags: { operator: 'opsec' },
    mode: 'daemon',
    version: '0.1.0',
    startedAtMs: 1000,
    refreshedAtMs: 2000,
    modules: ['file'],
  } as const

  it('is one that a target can be asked about', async () => {
    const record = agentRecord.parse(await readFacts(input))
    expect(record).toMatchObject({
      id: '12D3KooWabc',
      queueloc: expect.stringMatching(/^(linux|darwin|windows)\.12D3KooWabc$/),
      mode: 'daemon',
      pid: process.pid,
      status: 'online',
      starttime: 1000,
      heartbeattime: 2000,
      refreshtime: 2000,
      destructiontime: null,
      loadername: null,
      tags: { operator: 'opsec' },
      environment: { modules: ['file'] },
    })
    expect(record.name).not.toBe('')
    expect(record.environment).not.toHaveProperty('publicip')
  })

  it('takes another name for the host', async () => {
    expect(await readFacts({ ...input, name: 'agent-1.lab' })).toMatchObject({
      name: 'agent-1.lab',
    })
  })

  it.each([
    ['x64', 'LE', 'amd64'],
    ['ia32', 'LE', '386'],
    ['arm64', 'LE', 'arm64'],
    ['ppc64', 'LE', 'ppc64le'],
    ['ppc64', 'BE', 'ppc64'],
    ['s390x', 'BE', 's390x'],
  ] as const)('names the processor %s (%s) as Go does', (arch, order, name) => {
    expect(goArch(arch, order)).toBe(name)
  })
})

describe('ident', () => {
  it.each([
    [
      '/etc/os-release',
      'NAME="x"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
      'Debian GNU/Linux 12 (bookworm)',
    ],
    ['/usr/lib/os-release', "PRETTY_NAME='Fedora Linux 42'", 'Fedora Linux 42'],
    ['/etc/os-release', 'PRETTY_NAME=Alpine\\$', 'Alpine$'],
    [
      '/etc/lsb-release',
      'DISTRIB_ID=Ubuntu\nDISTRIB_DESCRIPTION="Ubuntu 14.04.6 LTS"',
      'Ubuntu 14.04.6 LTS',
    ],
    ['/etc/redhat-release', 'CentOS release 6.10 (Final)\n', 'CentOS release 6.10 (Final)'],
    ['/etc/issue', '\n\\S Debian 7 \\n \\l\n', 'Debian 7'],
  ])('comes from %s', async (path, text, ident) => {
    await put(path, text)
    expect(await readIdent('linux', root)).toBe(ident)
  })

  it('comes from the property list of macOS', async () => {
    const entry = (key: string, value: string) => `<key>${key}</key>\n\t<string>${value}</string>\n`
    await put(
      '/System/Library/CoreServices/SystemVersion.plist',
      entry('ProductBuildVersion', '23F79') +
        entry('ProductName', 'macOS') +
        entry('ProductVersion', '14.5'),
    )
    expect(await readIdent('darwin', root)).toBe('macOS 14.5 23F79')
  })

  it('is unknown where nothing tells', async () => {
    await put('/etc/os-release', 'NAME=x\n')
    expect(await readIdent('linux', root)).toBe('unknown')
  })
})

describe('init', () => {
  it('is systemd where its directory exists', async () => {
    await mkdir(join(root, 'run/systemd/system'), { recursive: true })
    expect(await readInit('linux', root)).toBe('systemd')
  })
  it('is upstart where its control program exists', async () => {
    await put('/proc/1/comm', 'init\n')
    await put('/sbin/initctl', '')
    expect(await readInit('linux', root)).toBe('upstart')
  })
  it('is sysvinit where its table exists', async () => {
    await put('/proc/1/comm', 'init\n')
    await put('/etc/inittab', '')
    expect(await readInit('linux', root)).toBe('sysvinit')
  })
  it('is unknown in a container', async () => {
    await put('/proc/1/comm', 'nginx\n')
    expect(await readInit('linux', root)).toBe('unknown')
  })
  it.each([
    ['darwin', 'launchd'],
    ['win32', 'windows'],
  ] as const)('of %s is %s', async (platform, init) => {
    expect(await readInit(platform, root)).toBe(init)
  })
})

describe('the full name', () => {
  it('is the host name that has a domain', async () => {
    expect(await readFullName('db1.example.org', root)).toBe('db1.example.org')
  })
  it('comes from the hosts file otherwise', async () => {
    await put(
      '/etc/hosts',
      '127.0.0.1 localhost\n# 10.0.0.9 db1.old.org db1\n10.0.0.1\tdb1.example.org db1 # here\n',
    )
    expect(await readFullName('db1', root)).toBe('db1.example.org')
  })
  it('is the short name where no file knows better', async () => {
    expect(await readFullName('db1', root)).toBe('db1')
  })
})

describe('addresses', () => {
  const face = (cidr: string, internal = false) => ({
    address: '',
    netmask: '',
    mac: '',
    family: 'IPv4' as const,
    internal,
    cidr,
  })
  it('are CIDR strings without loopback, link-local ones last', () => {
    expect(
      addressesOf({
        lo: [face('127.0.0.1/8', true)],
        eth0: [face('fe80::1/64'), face('10.0.0.1/24'), face('2001:db8::1/64')],
        eth1: [face('169.254.3.4/16'), face('10.0.0.1/24')],
      }),
    ).toEqual(['10.0.0.1/24', '2001:db8::1/64', '169.254.3.4/16', 'fe80::1/64'])
  })
  it('are bounded', () => {
    const many = Array.from({ length: 300 }, (_, index) => face(`10.0.${index}.1/24`))
    expect(addressesOf({ eth0: many })).toHaveLength(64)
  })
})

describe('the proxy', () => {
  it('is the host and port that the environment names, without credentials', () => {
    expect(proxyOf({ https_proxy: 'http://user:pass@proxy.example:3128/' })).toBe(
      'proxy.example:3128',
    )
    expect(proxyOf({ HTTP_PROXY: 'proxy.example:8080' })).toBe('proxy.example:8080')
  })
  it('is absent where none is named', () => {
    expect(proxyOf({})).toBeUndefined()
    expect(proxyOf({ http_proxy: 'http://' })).toBeUndefined()
  })
})
