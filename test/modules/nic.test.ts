/** What `nic` tells of the cards of a host: on machines made for it, and beside ip on this one. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { UnsupportedError } from '../../agent-modules/contract.ts'
import type { Card } from '../../agent-modules/nic/card.ts'
import { nic, nicOn } from '../../agent-modules/nic/index.ts'
import type { Machine } from '../../agent-modules/support/machine.ts'
import { NET_ADAPTER_SCRIPT } from '../../agent-modules/support/net-adapter.ts'
import { powerShellArguments } from '../../agent-modules/support/powershell.ts'
import { runModule } from '../laws/module.ts'
import { IFCONFIG, NETSTAT_IBN } from './ifconfig-output.ts'
import { createMachine, type MachineInit } from './machine.ts'
import { ADAPTERS } from './net-adapter-output.ts'

interface Outcome {
  readonly cards: readonly Card[]
  readonly names: readonly string[]
  readonly errors: readonly string[]
  readonly statistics: unknown
}

async function ask(machine: Machine, parameters: object = {}): Promise<Outcome> {
  const { findings, errors, statistics } = await runModule(nicOn(machine), parameters)
  const cards = findings as readonly Card[]
  return { cards, names: cards.map(({ name }) => name), errors, statistics: statistics[0] }
}

/** Files of /sys for a card. */
function sysOf(name: string, facts: Readonly<Record<string, string>>): Record<string, string> {
  const all = { flags: '0x1003', ifindex: '2', ...facts }
  return Object.fromEntries(
    Object.entries(all).map(([file, text]) => [`/sys/class/net/${name}/${file}`, `${text}\n`]),
  )
}

const LINUX: MachineInit = {
  files: {
    ...sysOf('lo', {
      flags: '0x9',
      ifindex: '1',
      address: '00:00:00:00:00:00',
      operstate: 'unknown',
      mtu: '65536',
    }),
    ...sysOf('eth0', {
      address: '02:00:00:00:00:01',
      operstate: 'up',
      mtu: '1500',
      speed: '1000',
      uevent: 'INTERFACE=eth0\nIFINDEX=2',
      'statistics/rx_bytes': '1000',
      'statistics/rx_packets': '10',
      'statistics/rx_errors': '1',
      'statistics/rx_dropped': '2',
      'statistics/tx_bytes': '2000',
      'statistics/tx_packets': '20',
      'statistics/tx_errors': '3',
      'statistics/tx_dropped': '4',
    }),
    ...sysOf('wlan0', {
      flags: '0x1002',
      ifindex: '3',
      address: '02:00:00:00:00:02',
      operstate: 'down',
      mtu: '1500',
      speed: '-1',
      uevent: 'DEVTYPE=wlan\nINTERFACE=wlan0',
    }),
    ...sysOf('ve0', {
      flags: '0x1103',
      ifindex: '4',
      address: '02:00:00:00:00:03',
      operstate: 'up',
      mtu: '1500',
    }),
    '/sys/class/net/bonding_masters': '',
  },
  links: { '/sys/class/net/ve0/master': '../../br0' },
  programs: {
    'ip -d -j addr': JSON.stringify([
      {
        ifindex: 1,
        ifname: 'lo',
        promiscuity: 0,
        addr_info: [{ local: '127.0.0.1', prefixlen: 8 }],
      },
      {
        ifindex: 2,
        ifname: 'eth0',
        promiscuity: 1,
        addr_info: [
          { local: '192.0.2.2', prefixlen: 24 },
          { local: 'fe80::1', prefixlen: 64 },
        ],
      },
      { ifindex: 4, ifname: 've0', promiscuity: 0, linkinfo: { info_kind: 'veth' }, addr_info: [] },
    ]),
  },
}

describe('nic on Linux', () => {
  it('tells all of a card', async () => {
    using machine = createMachine(LINUX)
    const { cards, errors, statistics } = await ask(machine)
    expect(cards).toEqual([
      {
        name: 'eth0',
        mac: '02:00:00:00:00:01',
        state: 'up',
        enabled: true,
        mtu: 1500,
        speed: 1000,
        promiscuous: true,
        addresses: ['192.0.2.2/24', 'fe80::1/64'],
        counters: {
          rxbytes: 1000,
          rxpackets: 10,
          rxerrors: 1,
          rxdropped: 2,
          txbytes: 2000,
          txpackets: 20,
          txerrors: 3,
          txdropped: 4,
        },
      },
      {
        name: 'lo',
        state: 'unknown',
        enabled: true,
        mtu: 65_536,
        promiscuous: false,
        addresses: ['127.0.0.1/8'],
      },
      {
        name: 've0',
        mac: '02:00:00:00:00:03',
        state: 'up',
        enabled: true,
        mtu: 1500,
        promiscuous: true,
        master: 'br0',
        type: 'veth',
        addresses: [],
      },
      {
        name: 'wlan0',
        mac: '02:00:00:00:00:02',
        state: 'down',
        enabled: false,
        mtu: 1500,
        promiscuous: false,
        type: 'wlan',
        addresses: [],
      },
    ])
    expect(errors).toEqual([])
    expect(statistics).toMatchObject({ examined: 4, totalhits: 4 })
  })

  it.each([
    [{ names: ['^eth', '^ve'] }, ['eth0', 've0']],
    [{ macs: ['0[12]$'] }, ['eth0', 'wlan0']],
    [{ macs: ['.'] }, ['eth0', 've0', 'wlan0']],
    [{ names: ['0$'], macs: ['02$'] }, ['wlan0']],
    [{ promiscuous: true }, ['eth0', 've0']],
    [{ promiscuous: true, names: ['^ve'] }, ['ve0']],
    [{ names: ['nothing'] }, []],
  ])('finds by %j', async (parameters, expected) => {
    using machine = createMachine(LINUX)
    expect((await ask(machine, parameters)).names).toEqual(expected)
  })

  it('knows promiscuous mode by the flag alone, or by the count that ip shows alone', async () => {
    using machine = createMachine({ ...LINUX, programs: {} })
    const { names, errors } = await ask(machine, { promiscuous: true })
    expect(names).toEqual(['ve0'])
    expect(errors).toEqual(['addresses of cards that are down are missing: ip is not installed'])
  })

  it('gives names that are not UTF-8 escaped', async () => {
    using machine = createMachine({
      programs: {
        'ip -d -j addr': Buffer.from(
          '[{"ifindex":7,"ifname":"f\xffg","addr_info":[{"local":"10.0.0.1","prefixlen":8}]}]',
          'latin1',
        ),
      },
    })
    const folder = Buffer.from(`${machine.root}/sys/class/net/f\xffg`, 'latin1')
    mkdirSync(`${machine.root}/sys/class/net`, { recursive: true })
    mkdirSync(folder)
    for (const [file, text] of [
      ['flags', '0x1003'],
      ['ifindex', '7'],
    ] as const)
      writeFileSync(Buffer.concat([folder, Buffer.from(`/${file}`)]), text)
    expect((await ask(machine)).cards).toMatchObject([
      { name: 'f\\xffg', addresses: ['10.0.0.1/8'] },
    ])
  })

  it('says when there is nothing to read', async () => {
    using machine = createMachine({ programs: { 'ip -d -j addr': '[]' } })
    const { cards, errors } = await ask(machine)
    expect(cards).toEqual([])
    expect(errors).toEqual(['/sys/class/net: no such file or directory (ENOENT)'])
  })
})

describe('nic elsewhere', () => {
  it('reads ifconfig and netstat of macOS', async () => {
    using machine = createMachine({
      platform: 'darwin',
      programs: { 'ifconfig -a': IFCONFIG, 'netstat -ibn': NETSTAT_IBN },
    })
    const { cards, names, errors } = await ask(machine)
    expect(names).toEqual(['lo0', 'gif0', 'en0', 'en1', 'bridge0', 'utun0'])
    expect(cards[0]).toMatchObject({
      addresses: ['127.0.0.1/8', '::1/128', 'fe80::1/64'],
      counters: { rxbytes: 2000 },
    })
    expect(cards[1]).toMatchObject({ enabled: false, state: 'unknown', counters: { rxbytes: 0 } })
    expect(cards[2]).toEqual({
      name: 'en0',
      mac: '64:76:ba:ae:a3:02',
      state: 'up',
      enabled: true,
      mtu: 1500,
      speed: 1000,
      promiscuous: false,
      addresses: ['fe80::6676:baff:feae:a302/64', '172.30.7.47/16'],
      counters: {
        rxbytes: 987_654_321,
        rxpackets: 812_345,
        rxerrors: 1,
        txbytes: 87_654_321,
        txpackets: 412_345,
        txerrors: 2,
      },
    })
    expect(cards[3]).toMatchObject({ promiscuous: true, master: 'bridge0', state: 'down' })
    expect(cards[5]).toMatchObject({ addresses: ['10.8.0.6/32'] })
    expect(errors).toEqual([])
  })

  it('reads Get-NetAdapter of Windows', async () => {
    const line = ['powershell', ...powerShellArguments(NET_ADAPTER_SCRIPT)].join(' ')
    using machine = createMachine({ platform: 'win32', programs: { [line]: ADAPTERS } })
    const { cards, errors } = await ask(machine)
    expect(cards[0]).toEqual({
      name: 'Ethernet',
      mac: 'a4:bb:6d:00:00:01',
      state: 'up',
      enabled: true,
      mtu: 1500,
      speed: 1000,
      promiscuous: true,
      addresses: ['192.168.1.5/24', 'fe80::a1/64'],
      counters: {
        rxbytes: 1000,
        rxpackets: 10,
        rxerrors: 1,
        rxdropped: 2,
        txbytes: 2000,
        txpackets: 20,
        txerrors: 3,
        txdropped: 4,
      },
    })
    expect(cards[1]).toMatchObject({ name: 'Ethernet 2', state: 'notpresent', enabled: false })
    expect(errors).toEqual([])
  })

  it.each(['darwin', 'win32'] as const)(
    'gives what Node knows where the tools of %s are missing, and says so',
    async (platform) => {
      using machine = createMachine({ platform })
      const { cards, errors } = await ask(machine)
      expect(cards.flatMap(({ addresses }) => addresses)).toContain('127.0.0.1/8')
      expect(errors).toHaveLength(1)
    },
  )

  it('is not supported on other platforms', async () => {
    using machine = createMachine({ platform: 'freebsd' })
    await expect(ask(machine)).rejects.toThrow(
      new UnsupportedError('nic: unsupported on this platform (freebsd)'),
    )
  })
})

describe('what a person reads', () => {
  it('is a line for each card', async () => {
    using machine = createMachine(LINUX)
    const { cards } = await ask(machine)
    const lines = nic.lines({ elements: nic.arrange(cards, {}) }, { foundOnly: true })
    expect(lines).toEqual([
      'eth0 PROMISCUOUS 192.0.2.2/24 fe80::1/64 [mac:02:00:00:00:00:01, state:up, mtu:1500, speed:1000Mb/s, rx:1000 tx:2000]',
      'lo 127.0.0.1/8 [state:unknown, mtu:65536]',
      've0 PROMISCUOUS [mac:02:00:00:00:00:03, state:up, type:veth, mtu:1500, master:br0]',
      'wlan0 [mac:02:00:00:00:00:02, state:down (disabled), type:wlan, mtu:1500]',
    ])
  })
})

const works = (program: string, ...args: readonly string[]): boolean =>
  process.platform === 'linux' && spawnSync(program, args, { timeout: 10_000 }).status === 0

const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, { encoding: 'utf8' })

interface TheirLink {
  readonly ifname: string
  readonly address?: string
  readonly mtu: number
  readonly operstate: string
  readonly flags: readonly string[]
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number }[]
}

describe.skipIf(!works('ip', '-j', 'addr'))('the cards of this host', () => {
  it('are those that ip shows', async () => {
    const { findings } = await runModule(nic, {})
    const theirs = JSON.parse(run('ip', '-j', 'addr')) as readonly TheirLink[]
    const ours = new Map((findings as readonly Card[]).map((card) => [card.name, card]))
    expect([...ours.keys()].sort()).toEqual(theirs.map(({ ifname }) => ifname).sort())
    for (const link of theirs)
      expect(ours.get(link.ifname)).toMatchObject({
        ...(link.address === '00:00:00:00:00:00' ? {} : { mac: link.address }),
        mtu: link.mtu,
        state: link.operstate.toLowerCase(),
        enabled: link.flags.includes('UP'),
        addresses: link.addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`),
      })
  })
})

/** A network namespace with /sys of its own, where a card sniffs, one is in a bridge, and one has a name to trip over. */
const SET_UP = `mount -t sysfs sysfs /sys && ip link add br7 type bridge && ip link add ve0 type veth peer name ve1 &&
ip link set ve0 master br7 && ip link set ve1 promisc on && ip link add "$(printf 'f\\377"g')" type bridge &&
ip addr add 198.51.100.99/24 dev ve1`
const unshared = (script: string): readonly string[] => [
  '-n',
  '-m',
  'sh',
  '-c',
  `${SET_UP} && ${script}`,
]
const LIST_CARDS = `
const { nic } = await import(process.argv[1])
const context = { signal: new AbortController().signal, startedAtMs: 0, reportError: console.error, reportStatistics: () => {} }
for await (const card of nic.run({}, context)) console.log(JSON.stringify(card))`

describe.skipIf(!works('unshare', ...unshared('true')))('cards made for a test', () => {
  it('show who sniffs, who is in a bridge, and addresses of cards that are down', () => {
    const index = fileURLToPath(new URL('../../agent-modules/nic/index.ts', import.meta.url))
    const node = [process.execPath, '--input-type=module', '-e', LIST_CARDS, index]
    const text = run('unshare', ...unshared('exec "$@"'), 'sh', ...node)
    const cards = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Card)
    const byName = new Map(cards.map((card) => [card.name, card]))
    expect([...byName.keys()].sort()).toEqual(['br7', 'f\\xff"g', 'lo', 've0', 've1'])
    expect(byName.get('ve1')).toMatchObject({
      promiscuous: true,
      enabled: false,
      type: 'veth',
      addresses: ['198.51.100.99/24'],
    })
    expect(byName.get('ve0')).toMatchObject({ promiscuous: true, master: 'br7' })
    expect(byName.get('br7')).toMatchObject({ promiscuous: false, type: 'bridge' })
    expect(byName.get('f\\xff"g')).toMatchObject({ promiscuous: false, type: 'bridge' })
  })
})
