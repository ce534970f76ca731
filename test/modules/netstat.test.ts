/** What `netstat` finds on machines made for it: sockets, owners, namespaces, cards and neighbours of Linux; and what it makes of hostile hosts. */
import { endianness } from 'node:os'
import { describe, expect, it } from 'vitest'
import type { Finding } from '../../agent-modules/netstat/answer.ts'
import { netstat, netstatOn } from '../../agent-modules/netstat/index.ts'
import { FINDINGS_LIMIT } from '../../agent-modules/netstat/run.ts'
import type { Machine } from '../../agent-modules/support/machine.ts'
import { requirePromptStops, runModule } from '../laws/module.ts'
import { createMachine, type MachineInit } from './machine.ts'
import { ESTABLISHED, HEX, LISTEN, tableOf, TIME_WAIT, UNCONNECTED } from './proc-net.ts'

interface Outcome {
  readonly findings: readonly Finding[]
  readonly found: readonly Finding['found'][]
  readonly errors: readonly string[]
  readonly statistics: unknown
}

async function ask(machine: Machine, parameters: object): Promise<Outcome> {
  const { findings, errors, statistics } = await runModule(netstatOn(machine), parameters)
  const all = findings as readonly Finding[]
  return { findings: all, found: all.map(({ found }) => found), errors, statistics: statistics[0] }
}

const NET = '/proc/self/net'
const EMPTY = tableOf()
/** Some of every kind. */
const TABLES = {
  [`${NET}/tcp`]: tableOf(
    { local: [HEX.any, 22], state: LISTEN, inode: 100 },
    { local: [HEX.loopback, 22], remote: [HEX.ten, 50_000], state: ESTABLISHED, inode: 101 },
    { local: [HEX.loopback, 50_001], remote: [HEX.ten, 443], state: TIME_WAIT },
  ),
  [`${NET}/tcp6`]: tableOf(
    { local: [HEX.any6, 80], state: LISTEN, inode: 102 },
    { local: [HEX.mappedTen, 80], remote: [HEX.mappedTen, 50_002], state: ESTABLISHED, inode: 103 },
    {
      local: [HEX.loopback6, 80],
      remote: [HEX.documentation6, 50_003],
      state: ESTABLISHED,
      inode: 104,
    },
  ),
  [`${NET}/udp`]: tableOf(
    { local: [HEX.any, 53], state: UNCONNECTED, inode: 105 },
    { local: [HEX.loopback, 22], remote: [HEX.ten, 53], state: ESTABLISHED, inode: 106 },
  ),
  [`${NET}/udp6`]: tableOf({ local: [HEX.any6, 53], state: UNCONNECTED, inode: 107 }),
}
const machineWith = (init: MachineInit = {}): ReturnType<typeof createMachine> =>
  createMachine({ files: TABLES, ...init })

// The tables above are as a little-endian kernel writes them.
describe.skipIf(endianness() === 'BE')('netstat on Linux', () => {
  describe('connectedip', () => {
    it.each([
      ['10.1.2.3', ['10.1.2.3:50000', '10.1.2.3:443', '10.1.2.3:50002', '10.1.2.3:53']],
      ['10.0.0.0/8', ['10.1.2.3:50000', '10.1.2.3:443', '10.1.2.3:50002', '10.1.2.3:53']],
      ['::ffff:10.1.2.3', ['10.1.2.3:50000', '10.1.2.3:443', '10.1.2.3:50002', '10.1.2.3:53']],
      ['2001:db8::/32', ['2001:db8::5:50003']],
      ['::/0', ['2001:db8::5:50003']],
      ['10.1.2.4', []],
      ['127.0.0.1', []],
    ])('%s', async (query, expected) => {
      using machine = machineWith()
      const { found, errors } = await ask(machine, { connectedip: [query] })
      const peers = found.map((each) => `${each.remoteaddr ?? ''}:${each.remoteport ?? 0}`)
      expect(peers).toEqual(expected)
      expect(errors).toEqual([])
    })

    it('asks for peers, which listeners do not have', async () => {
      using machine = machineWith()
      const { found } = await ask(machine, { connectedip: ['0.0.0.0/0'] })
      expect(found.map(({ state }) => state)).not.toContain('LISTEN')
      expect(found).toHaveLength(4)
    })

    it('is narrowed by states', async () => {
      using machine = machineWith()
      const { found } = await ask(machine, { connectedip: ['10.1.2.3'], states: ['TIME_WAIT'] })
      expect(found).toEqual([
        {
          localaddr: '127.0.0.1',
          localport: 50_001,
          remoteaddr: '10.1.2.3',
          remoteport: 443,
          protocol: 'tcp',
          state: 'TIME_WAIT',
          namespace: 'default',
        },
      ])
    })
  })

  describe('listeningport', () => {
    it('finds TCP that listens, not what merely uses the port', async () => {
      using machine = machineWith()
      const { found } = await ask(machine, { listeningport: ['22'] })
      expect(found).toEqual([
        {
          localaddr: '0.0.0.0',
          localport: 22,
          protocol: 'tcp',
          state: 'LISTEN',
          namespace: 'default',
        },
      ])
    })

    it('finds UDP that is open to any peer', async () => {
      using machine = machineWith()
      const { found } = await ask(machine, { listeningport: ['53'] })
      expect(found.map(({ protocol, state }) => [protocol, state])).toEqual([
        ['udp', 'UNCONN'],
        ['udp6', 'UNCONN'],
      ])
    })

    it('finds no connected UDP', async () => {
      using machine = createMachine({
        files: { ...TABLES, [`${NET}/tcp`]: EMPTY },
      })
      expect((await ask(machine, { listeningport: ['22'] })).found).toEqual([])
    })
  })

  describe('localport', () => {
    it('finds everything on the port, narrowed by states', async () => {
      using machine = machineWith()
      const all = await ask(machine, { localport: ['22'] })
      expect(all.found.map(({ protocol, state }) => `${protocol ?? ''} ${state ?? ''}`)).toEqual([
        'tcp LISTEN',
        'tcp ESTABLISHED',
        'udp ESTABLISHED',
      ])
      const some = await ask(machine, { localport: ['22'], states: ['LISTEN'] })
      expect(some.found).toHaveLength(1)
    })
  })

  it('reads the sockets once for all questions, and finds one of them by several', async () => {
    using machine = machineWith()
    const { findings, statistics } = await ask(machine, {
      connectedip: ['10.1.2.3', '10.0.0.0/8', '10.1.2.3'],
      localport: ['50001'],
    })
    expect(findings.filter(({ found }) => found.localport === 50_001)).toMatchObject([
      { key: 'connectedip', query: '10.1.2.3' },
      { key: 'connectedip', query: '10.0.0.0/8' },
      { key: 'localport', query: '50001' },
    ])
    expect(statistics).toMatchObject({ examined: 9, totalhits: 9 })
  })

  it('reads what there is where IPv6 is switched off, and says when there is nothing', async () => {
    using machine = createMachine({ files: { [`${NET}/tcp`]: TABLES[`${NET}/tcp`] ?? '' } })
    const { found, errors } = await ask(machine, { listeningport: ['22'] })
    expect(found).toHaveLength(1)
    expect(errors).toEqual([])
    using bare = createMachine({})
    const none = await ask(bare, { listeningport: ['22'] })
    expect(none.errors).toEqual([
      'network namespace default: tcp: no such file or directory (ENOENT)',
    ])
  })

  describe('owners', () => {
    const statOf = (pid: number, name: string): Buffer =>
      Buffer.from(`${pid} (${name}) S${' 0'.repeat(49)}\n`, 'latin1')
    const links = {
      '/proc/10/fd/0': '/dev/null',
      '/proc/10/fd/3': 'socket:[100]',
      '/proc/10/fd/4': 'socket:[100]',
      '/proc/10/exe': '/usr/sbin/sshd',
      '/proc/11/fd/9': 'socket:[100]',
      '/proc/11/exe': '/tmp/x (deleted)',
      '/proc/12/fd/1': 'socket:[999]',
    }

    it('are all processes that hold the socket, each once', async () => {
      const stats = { '/proc/10/stat': statOf(10, 'sshd'), '/proc/11/stat': statOf(11, 'x\xff\ny') }
      using machine = machineWith({ files: { ...TABLES, ...stats }, links })
      const { found, errors } = await ask(machine, { listeningport: ['22', '80'] })
      expect(found.map(({ processes }) => processes)).toEqual([
        [
          { pid: 10, name: 'sshd', path: '/usr/sbin/sshd' },
          { pid: 11, name: 'x\\xff\ny', path: '/tmp/x', deleted: true },
        ],
        undefined,
      ])
      expect(errors).toEqual([])
    })

    it('that end while they are looked at are no error', async () => {
      using machine = machineWith({ files: { ...TABLES, '/proc/13/stat': '' }, links })
      const { found, errors } = await ask(machine, { listeningport: ['22', '80'] })
      expect(found[0]?.processes).toEqual([
        { pid: 10, name: '' },
        { pid: 11, name: '' },
      ])
      expect(errors).toEqual([])
    })

    it('that may not be looked at are counted in one line, where some owner is not known', async () => {
      const unreadable = { '/proc/14/fd': 'fd', '/proc/15/fd': 'fd' }
      using machine = machineWith({ links: { ...links, ...unreadable } })
      expect((await ask(machine, { listeningport: ['22'] })).errors).toEqual([])
      expect((await ask(machine, { listeningport: ['22', '80'] })).errors).toEqual([
        'who holds 1 of the sockets is not known (processes that may not be looked at: 2)',
      ])
    })

    it('are named up to a limit, which is said', async () => {
      const many = Array.from({ length: 40 }, (_, index) => [
        `/proc/${index + 100}/fd/3`,
        'socket:[100]',
      ])
      using machine = machineWith({ links: Object.fromEntries(many) as Record<string, string> })
      const { found, errors } = await ask(machine, { listeningport: ['22'] })
      expect(found[0]?.processes).toHaveLength(32)
      expect(errors).toEqual([
        '1 sockets are held by more than 32 processes, of which 32 are named',
      ])
    })
  })

  describe('network namespaces', () => {
    const inside = (pid: number, name: string, port: number): MachineInit => ({
      links: { [`/proc/${pid}/ns/net`]: name },
      files: { [`/proc/${pid}/net/tcp`]: tableOf({ local: [HEX.any, port], state: LISTEN }) },
    })
    const [first, second] = [inside(20, 'net:[2]', 22), inside(30, 'net:[3]', 22)]
    const init: MachineInit = {
      files: { ...TABLES, ...first.files, ...second.files },
      links: {
        '/proc/self/ns/net': 'net:[1]',
        '/proc/1/ns/net': 'net:[1]',
        '/proc/21/ns/net': 'net:[2]',
        ...first.links,
        ...second.links,
      },
      programs: {
        'ip -d -j addr': '[]',
        'nsenter --net=/proc/20/ns/net ip -d -j addr':
          '[{"ifindex":2,"ifname":"eth0","address":"02:42:ac:11:00:02","addr_info":[{"local":"172.17.0.2","prefixlen":16}]}]',
      },
    }

    it('are left alone unless asked for', async () => {
      using machine = createMachine(init)
      const { found } = await ask(machine, { listeningport: ['22'] })
      expect(found.map(({ namespace }) => namespace)).toEqual(['default'])
    })

    it('are each looked into once, by one of their processes', async () => {
      using machine = createMachine(init)
      const { found } = await ask(machine, { listeningport: ['22'], namespaces: true })
      expect(found.map(({ namespace }) => namespace)).toEqual(['default', 'net:[2]', 'net:[3]'])
    })

    it('have addresses of their own, and it is said where they cannot be had', async () => {
      using machine = createMachine(init)
      const { found, errors } = await ask(machine, { localip: ['172.16.0.0/12'], namespaces: true })
      expect(found).toEqual([
        {
          localaddr: '172.17.0.2',
          localmacaddr: '02:42:ac:11:00:02',
          interface: 'eth0',
          namespace: 'net:[2]',
        },
      ])
      expect(errors).toEqual([
        'network namespace net:[3]: its addresses are missing: nsenter is not installed',
      ])
    })
  })

  describe('neighbours', () => {
    const arp =
      'IP address       HW type     Flags       HW address            Mask     Device\n' +
      '192.0.2.1        0x1         0x2         02:fc:00:00:00:05     *        eth0\n' +
      '192.0.2.9        0x1         0x0         00:00:00:00:00:00     *        eth0\n'
    const neigh = JSON.stringify([
      { dst: '192.0.2.1', dev: 'eth0', lladdr: '02:fc:00:00:00:05', state: ['STALE'] },
      { dst: 'fe80::1', dev: 'eth0', lladdr: '02:fc:00:00:00:06', state: ['REACHABLE'] },
      { dst: 'fd00::1', dev: 'eth0', state: ['FAILED'] },
      {},
    ])

    it('of IPv4 and IPv6 are found by MAC, in either case, and by address', async () => {
      using machine = createMachine({ programs: { 'ip -j neigh': neigh } })
      const { findings } = await ask(machine, {
        neighbormac: ['^02:FC'],
        neighborip: ['fe80::/10', 'fd00::1'],
      })
      expect(findings.map(({ query, found }) => [query, found.remoteaddr])).toEqual([
        ['^02:FC', '192.0.2.1'],
        ['^02:FC', 'fe80::1'],
        ['fe80::/10', 'fe80::1'],
      ])
      expect(findings[2]?.found).toEqual({
        remotemacaddr: '02:fc:00:00:00:06',
        remoteaddr: 'fe80::1',
        neighborstate: 'REACHABLE',
        interface: 'eth0',
        namespace: 'default',
      })
    })

    it.each([
      ['is missing', {}, 'ip is not installed'],
      ['is BusyBox', { 'ip -j neigh': '192.0.2.1 dev eth0 ...' }, 'ip does not speak JSON'],
      ['fails', { 'ip -j neigh': 255 }, 'ip ended with 255'],
    ])('are those of the ARP table where ip %s, which is said', async (_, programs, reason) => {
      using machine = createMachine({ files: { [`${NET}/arp`]: arp }, programs })
      const { found, errors } = await ask(machine, { neighbormac: ['.'] })
      expect(found).toEqual([
        {
          remotemacaddr: '02:fc:00:00:00:05',
          remoteaddr: '192.0.2.1',
          interface: 'eth0',
          namespace: 'default',
        },
      ])
      expect(errors).toEqual([`network namespace default: IPv6 neighbours are missing: ${reason}`])
    })
  })

  describe('cards', () => {
    it('have addresses also when they are down, and names that are not UTF-8', async () => {
      using machine = createMachine({
        programs: {
          'ip -d -j addr': Buffer.from(
            '[{"ifindex":1,"ifname":"lo","address":"00:00:00:00:00:00","addr_info":[{"local":"127.0.0.1","prefixlen":8}]},' +
              '{"ifindex":2,"ifname":"f\xffg","operstate":"DOWN","address":"02:00:00:00:00:01","addr_info":[{"local":"10.0.0.1","prefixlen":8},{}]}]',
            'latin1',
          ),
        },
      })
      const { found } = await ask(machine, { localmac: ['.'], localip: ['10.0.0.1'] })
      const card = { localmacaddr: '02:00:00:00:00:01', interface: 'f\\xffg', namespace: 'default' }
      expect(found).toEqual([card, { localaddr: '10.0.0.1', ...card }])
    })

    it('are those that Node knows where ip is missing, which is said', async () => {
      using machine = createMachine({})
      const { found, errors } = await ask(machine, { localip: ['127.0.0.1'] })
      expect(found).toMatchObject([{ localaddr: '127.0.0.1' }])
      expect(errors).toEqual([
        'network namespace default: addresses of cards that are down are missing: ip is not installed',
      ])
    })
  })
})

describe.skipIf(endianness() === 'BE')('netstat on a hostile host', () => {
  it('passes over lines that are no sockets, and counts them', async () => {
    const garbage = `nonsense\n  1: 0100007F:0016\n${'x'.repeat(5000)}\n\0\n  2: ZZZZZZZZ:0016 00000000:0000 0A 0:0 0:0 0 0 0 1 1\n`
    const table = tableOf({ local: [HEX.any, 22], state: LISTEN }) + garbage
    using machine = createMachine({ files: { [`${NET}/tcp`]: table } })
    const { found, errors } = await ask(machine, { localport: ['22'] })
    expect(found).toHaveLength(1)
    expect(errors).toEqual(['network namespace default: tcp: 5 lines are no sockets'])
  })

  it('reads a line without an end in bounded memory', async () => {
    using machine = createMachine({
      files: { [`${NET}/tcp`]: Buffer.alloc(8 * 1024 * 1024, 0x61) },
    })
    const { errors } = await ask(machine, { localport: ['22'] })
    expect(errors).toHaveLength(1)
  })

  it('calls a state that it does not know unknown', async () => {
    using machine = createMachine({
      files: { [`${NET}/tcp`]: tableOf({ local: [HEX.any, 22], state: 'FF' }) },
    })
    expect((await ask(machine, { localport: ['22'] })).found).toMatchObject([{ state: 'UNKNOWN' }])
  })

  describe('with 100,000 sockets', () => {
    const rows = Array.from({ length: 100_000 }, (_, index) => ({
      local: [index % 2 === 0 ? HEX.loopback : HEX.ten, 1 + (index % 65_535)] as const,
      remote: [index.toString(16).toUpperCase().padStart(8, '0'), 443] as const,
      state: ESTABLISHED,
      inode: index + 1,
    }))
    const files = { [`${NET}/tcp`]: tableOf(...rows) }

    it('finds the one that is asked for', async () => {
      using machine = createMachine({ files })
      // 77777 is 0x12fd1: the kernel's number of 209.47.1.0.
      const { found, statistics } = await ask(machine, { connectedip: ['209.47.1.0'] })
      expect(found).toMatchObject([{ remoteaddr: '209.47.1.0', localport: 1 + (77_777 % 65_535) }])
      expect(statistics).toMatchObject({ examined: 100_000, totalhits: 1 })
    })

    it('returns as many as an answer may hold, and says so', async () => {
      using machine = createMachine({ files })
      const { found, errors } = await ask(machine, { connectedip: ['0.0.0.0/0'] })
      expect(found).toHaveLength(FINDINGS_LIMIT)
      expect(errors).toEqual([`only the first ${FINDINGS_LIMIT} findings are returned`])
    })

    it('stops soon when called off', async () => {
      using machine = createMachine({ files })
      const queries = Array.from({ length: 200 }, (_, index) => `11.0.0.${index}`)
      await requirePromptStops(netstatOn(machine), () => ({ connectedip: queries }))
    })
  })
})

describe('what a person reads', () => {
  it('is what MIG prints, with the processes behind it', () => {
    const module = netstatOn(createMachine({}))
    const parameters = {
      listeningport: ['22', '23'],
      connectedip: ['fe80::/10'],
      localmac: ['^02'],
      neighbormac: ['^02'],
    }
    const processes = [{ pid: 10, name: 'sshd\n', path: '/usr/sbin/sshd' }]
    const common = { namespace: 'default' }
    const findings: readonly Finding[] = [
      {
        key: 'listeningport',
        query: '22',
        found: {
          localaddr: '0.0.0.0',
          localport: 22,
          protocol: 'tcp',
          state: 'LISTEN',
          processes,
          ...common,
        },
      },
      {
        key: 'connectedip',
        query: 'fe80::/10',
        found: {
          localaddr: 'fe80::1',
          localport: 22,
          remoteaddr: 'fe80::2',
          remoteport: 50_000,
          ...common,
        },
      },
      { key: 'localmac', query: '^02', found: { localmacaddr: '02:00:00:00:00:01' } },
      {
        key: 'neighbormac',
        query: '^02',
        found: { remotemacaddr: '02:00:00:00:00:02', remoteaddr: '10.0.0.2', interface: 'eth0' },
      },
    ]
    const elements = module.arrange(findings, parameters)
    const statistics = { examined: 9, totalhits: 4, exectime: '1ms' }
    expect(module.lines({ elements, statistics }, { foundOnly: false })).toEqual([
      "found local mac 02:00:00:00:00:01 for netstat localmac:'^02'",
      "found neighbor mac 02:00:00:00:00:02 10.0.0.2 for netstat neighbormac:'^02' interface:[eth0]",
      "found connected tuple [fe80::2]:50000 with local tuple [fe80::1]:22 for netstat connectedip:'fe80::/10' namespace:[default]",
      "found listening port 22 on 0.0.0.0 for netstat listeningport:'22' socket:[tcp LISTEN] process:[sshd\\x0a 10 /usr/sbin/sshd] namespace:[default]",
      "did not find anything for netstat listeningport:'23'",
      'Statistics: 9 items examined, 4 matched, ran in 1ms.',
    ])
    expect(module.lines({ elements, statistics }, { foundOnly: true })).toHaveLength(4)
  })
})

describe('on a host in extra privacy mode', () => {
  it('an answer tells what was found, not by which of several queries', () => {
    const found = { remoteaddr: '10.1.2.3', remoteport: 443 }
    const mask = (connectedip: Record<string, readonly object[]>): unknown =>
      netstat.mask({ elements: { connectedip } }).elements
    const masked = { remoteaddr: 'masked', remoteport: 443 }
    expect(mask({ '10.1.2.3': [found], '10.1.2.0/24': [found], '10.9.9.9': [] })).toEqual({
      connectedip: { 'one of several': [masked] },
    })
    expect(mask({ '10.0.0.0/8': [found] })).toEqual({ connectedip: { '10.0.0.0/8': [masked] } })
  })
})
