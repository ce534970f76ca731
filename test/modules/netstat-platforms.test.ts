/** What `netstat` makes of the tools of macOS and Windows, by recorded outputs; and what it says elsewhere. */
import { describe, expect, it } from 'vitest'
import { UnsupportedError } from '../../agent-modules/contract.ts'
import type { Finding } from '../../agent-modules/netstat/answer.ts'
import { netstatOn } from '../../agent-modules/netstat/index.ts'
import {
  NEIGHBOURS_SCRIPT,
  PROCESSES_SCRIPT,
  SOCKETS_SCRIPT,
} from '../../agent-modules/netstat/windows-host.ts'
import type { Machine } from '../../agent-modules/support/machine.ts'
import { NET_ADAPTER_SCRIPT } from '../../agent-modules/support/net-adapter.ts'
import { powerShellArguments } from '../../agent-modules/support/powershell.ts'
import { runModule } from '../laws/module.ts'
import { IFCONFIG } from './ifconfig-output.ts'
import { createMachine } from './machine.ts'
import { ADAPTERS } from './net-adapter-output.ts'

/** As a recorded command line. */
const powerShellLine = (script: string): string =>
  ['powershell', ...powerShellArguments(script)].join(' ')

async function ask(
  machine: Machine,
  parameters: object,
): Promise<{ found: unknown[]; errors: readonly string[] }> {
  const { findings, errors } = await runModule(netstatOn(machine), parameters)
  return { found: (findings as readonly Finding[]).map(({ found }) => found), errors }
}

const LSOF = `p301
cmDNSRespo
f8
tIPv4
PUDP
n*:5353
f9
tIPv6
PUDP
n*:5353
p412
csshd
f3
tIPv6
PTCP
n*:22
TST=LISTEN
TQR=0
TQS=0
f5
tIPv4
PTCP
n172.30.7.47:22->10.1.2.3:50000
TST=ESTABLISHED
TQR=0
TQS=0
p500
cCode\\x20H
f20
tIPv6
PTCP
n[fe80:4::6676:baff:feae:a302]:50010->[fe80:4::1]:443
TST=CLOSE_WAIT
f21
tIPv4
PUDP
n172.30.7.47:50011->8.8.8.8:53
f22
tIPv4
PICMP
n*:*
`
const PS = `  301 /usr/sbin/mDNSResponder
  412 /usr/sbin/sshd
  500 /Applications/Visual Studio Code.app/Contents/Code Helper
  501 (zombie)
`

describe('netstat on macOS', () => {
  const createMac = () =>
    createMachine({
      platform: 'darwin',
      programs: {
        'lsof -nP -i -FpcftPnT': LSOF,
        'ps -axo pid=,comm=': PS,
        'ifconfig -a': IFCONFIG,
        'arp -an':
          '? (172.30.0.1) at 0:18:1:8f:23:ed on en0 ifscope [ethernet]\n? (172.30.0.9) at (incomplete) on en0 ifscope [ethernet]\n',
        'ndp -an':
          'Neighbor                        Linklayer Address  Netif Expire    St Flgs Prbs\n' +
          'fe80::1%en0                     0:18:1:8f:23:ed      en0 23h59m58s S  R\n',
      },
    })

  it('has sockets from lsof, with their processes from ps', async () => {
    using machine = createMac()
    const { found, errors } = await ask(machine, {
      connectedip: ['10.0.0.0/8', '8.8.8.8', 'fe80::/10'],
      listeningport: ['22', '5353'],
    })
    const sshd = [{ pid: 412, name: 'sshd', path: '/usr/sbin/sshd' }]
    const helper = [
      {
        pid: 500,
        name: 'Code Helper',
        path: '/Applications/Visual Studio Code.app/Contents/Code Helper',
      },
    ]
    const mdns = [{ pid: 301, name: 'mDNSResponder', path: '/usr/sbin/mDNSResponder' }]
    expect(found).toEqual([
      { localaddr: '0.0.0.0', localport: 5353, protocol: 'udp', state: 'UNCONN', processes: mdns },
      { localaddr: '0.0.0.0', localport: 5353, protocol: 'udp6', state: 'UNCONN', processes: mdns },
      { localaddr: '0.0.0.0', localport: 22, protocol: 'tcp6', state: 'LISTEN', processes: sshd },
      {
        localaddr: '172.30.7.47',
        localport: 22,
        remoteaddr: '10.1.2.3',
        remoteport: 50_000,
        protocol: 'tcp',
        state: 'ESTABLISHED',
        processes: sshd,
      },
      {
        localaddr: 'fe80::6676:baff:feae:a302',
        localport: 50_010,
        remoteaddr: 'fe80::1',
        remoteport: 443,
        protocol: 'tcp6',
        state: 'CLOSE_WAIT',
        processes: helper,
      },
      {
        localaddr: '172.30.7.47',
        localport: 50_011,
        remoteaddr: '8.8.8.8',
        remoteport: 53,
        protocol: 'udp',
        state: 'ESTABLISHED',
        processes: helper,
      },
    ])
    expect(errors).toEqual([])
  })

  it('has cards from ifconfig and neighbours from arp and ndp', async () => {
    using machine = createMac()
    const { found } = await ask(machine, {
      localip: ['172.30.0.0/16', '10.8.0.6'],
      localmac: ['^66:'],
      neighbormac: ['^00:18:01'],
    })
    expect(found).toEqual([
      { localaddr: '172.30.7.47', localmacaddr: '64:76:ba:ae:a3:02', interface: 'en0' },
      { localmacaddr: '66:76:ba:ea:38:00', interface: 'bridge0' },
      { localaddr: '10.8.0.6', interface: 'utun0' },
      { remotemacaddr: '00:18:01:8f:23:ed', remoteaddr: '172.30.0.1', interface: 'en0' },
      { remotemacaddr: '00:18:01:8f:23:ed', remoteaddr: 'fe80::1', interface: 'en0' },
    ])
  })

  it('says which tool is missing', async () => {
    using machine = createMachine({ platform: 'darwin' })
    const { errors } = await ask(machine, { listeningport: ['22'], neighborip: ['10.0.0.1'] })
    expect(errors).toEqual([
      'arp: is not installed',
      'ndp: is not installed',
      'lsof: is not installed',
    ])
  })
})

describe('netstat on Windows', () => {
  const sockets = JSON.stringify({
    udp: [{ LocalAddress: '0.0.0.0', LocalPort: 5353, OwningProcess: 1500 }],
    tcp: [
      {
        LocalAddress: '::',
        LocalPort: 445,
        RemoteAddress: '::',
        RemotePort: 0,
        State: 'Listen',
        OwningProcess: 4,
      },
      {
        LocalAddress: '192.168.1.5',
        LocalPort: 50_000,
        RemoteAddress: '10.1.2.3',
        RemotePort: 443,
        State: 'Established',
        OwningProcess: 1500,
      },
      {
        LocalAddress: '0.0.0.0',
        LocalPort: 50_001,
        RemoteAddress: '0.0.0.0',
        RemotePort: 0,
        State: 'Bound',
        OwningProcess: 1500,
      },
    ],
  })
  const processes = `\ufeff${JSON.stringify([
    { Id: 4, ProcessName: 'System', Path: null },
    { Id: 1500, ProcessName: 'chrome', Path: 'C:\\Program Files\\Google\\Chrome\\chrome.exe' },
  ])}`
  const neighbours = JSON.stringify([
    {
      IPAddress: '192.168.1.1',
      LinkLayerAddress: '00-18-01-8F-23-ED',
      InterfaceAlias: 'Ethernet',
      State: 'Reachable',
    },
    {
      IPAddress: '192.168.1.9',
      LinkLayerAddress: '00-00-00-00-00-00',
      InterfaceAlias: 'Ethernet',
      State: 'Unreachable',
    },
    {
      IPAddress: 'fe80::1%7',
      LinkLayerAddress: '00-18-01-8F-23-ED',
      InterfaceAlias: 'Ethernet',
      State: 'Stale',
    },
  ])
  const createWindows = () =>
    createMachine({
      platform: 'win32',
      programs: {
        [powerShellLine(SOCKETS_SCRIPT)]: sockets,
        [powerShellLine(PROCESSES_SCRIPT)]: processes,
        [powerShellLine(NEIGHBOURS_SCRIPT)]: neighbours,
        [powerShellLine(NET_ADAPTER_SCRIPT)]: ADAPTERS,
      },
    })

  it('has sockets with their processes', async () => {
    using machine = createWindows()
    const { found, errors } = await ask(machine, {
      connectedip: ['0.0.0.0/0'],
      listeningport: ['445', '5353'],
      localport: ['50001'],
    })
    const chrome = [
      { pid: 1500, name: 'chrome', path: 'C:\\Program Files\\Google\\Chrome\\chrome.exe' },
    ]
    expect(found).toEqual([
      {
        localaddr: '::',
        localport: 445,
        protocol: 'tcp6',
        state: 'LISTEN',
        processes: [{ pid: 4, name: 'System' }],
      },
      {
        localaddr: '192.168.1.5',
        localport: 50_000,
        remoteaddr: '10.1.2.3',
        remoteport: 443,
        protocol: 'tcp',
        state: 'ESTABLISHED',
        processes: chrome,
      },
      {
        localaddr: '0.0.0.0',
        localport: 50_001,
        protocol: 'tcp',
        state: 'CLOSE',
        processes: chrome,
      },
      {
        localaddr: '0.0.0.0',
        localport: 5353,
        protocol: 'udp',
        state: 'UNCONN',
        processes: chrome,
      },
    ])
    expect(errors).toEqual([])
  })

  it('has cards and neighbours', async () => {
    using machine = createWindows()
    const { found } = await ask(machine, {
      localip: ['192.168.1.5'],
      localmac: ['00:01$'],
      neighbormac: ['^00:18:01'],
    })
    const card = { localmacaddr: 'a4:bb:6d:00:00:01', interface: 'Ethernet' }
    const neighbour = { remotemacaddr: '00:18:01:8f:23:ed', interface: 'Ethernet' }
    expect(found).toEqual([
      card,
      { localaddr: '192.168.1.5', ...card },
      { ...neighbour, remoteaddr: '192.168.1.1', neighborstate: 'REACHABLE' },
      { ...neighbour, remoteaddr: 'fe80::1', neighborstate: 'STALE' },
    ])
  })

  it.each([
    ['is missing', {}, 'powershell is not installed'],
    ['fails', { [powerShellLine(SOCKETS_SCRIPT)]: 1 }, 'powershell ended with 1'],
    [
      'prints no JSON',
      { [powerShellLine(SOCKETS_SCRIPT)]: 'Get-NetTCPConnection : not recognized' },
      'powershell did not answer with JSON',
    ],
    [
      'prints other JSON',
      { [powerShellLine(SOCKETS_SCRIPT)]: '[]' },
      'powershell answered in another form than expected',
    ],
  ])('says when PowerShell %s', async (_, programs, reason) => {
    using machine = createMachine({ platform: 'win32', programs })
    expect(await ask(machine, { listeningport: ['445'] })).toEqual({
      found: [],
      errors: [`netstat: ${reason}`],
    })
  })
})

describe('netstat elsewhere', () => {
  it('is not supported', async () => {
    using machine = createMachine({ platform: 'freebsd' })
    await expect(ask(machine, { listeningport: ['22'] })).rejects.toThrow(
      new UnsupportedError('netstat: unsupported on this platform (freebsd)'),
    )
  })
})
