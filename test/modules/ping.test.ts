/** `ping` on this host's loopback, and by recorded outputs of other hosts' programs. */
import { spawnSync } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { describe, expect, it } from 'vitest'
import { ping, pingOn } from '../../agent-modules/ping/index.ts'
import type { Machine } from '../../agent-modules/support/machine.ts'
import { parseFlags, runModule, type RunSettings } from '../laws/module.ts'
import { createHangingMachine } from './hanging-machine.ts'
import { createMachine } from './machine.ts'

interface Told {
  readonly latencies: readonly number[]
  readonly protocol: string
  readonly resolvedhost: string
  readonly failures: readonly string[]
}

async function ask(parameters: object, machine?: Machine, settings: RunSettings = {}) {
  const module = machine === undefined ? ping : pingOn(machine)
  const { findings, errors } = await runModule(module, parameters, settings)
  const [told] = findings as readonly [Told]
  const lines = module.lines({ elements: told }, { foundOnly: false })
  return { told, errors, lines, isFound: module.haveHit(findings, parameters) }
}

async function listen(host: string): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 }
}

async function bind(
  type: 'udp4' | 'udp6',
  host: string,
): Promise<{ socket: Socket; port: number }> {
  const socket = createSocket(type).bind(0, host)
  await once(socket, 'listening')
  return { socket, port: socket.address().port }
}

describe.each(['127.0.0.1', '::1'])('ping by TCP to %s', (destination) => {
  it('finds a port that accepts connections', async () => {
    const { server, port } = await listen(destination)
    const asked = { destination, destinationport: port, protocol: 'tcp', count: 2 }
    const { told, errors, isFound, lines } = await ask(asked)
    server.close()
    expect(errors).toEqual([])
    expect(told).toMatchObject({
      protocol: 'tcp',
      resolvedhost: `${destination}:${port} (${destination})`,
      failures: [],
    })
    expect(told.latencies).toHaveLength(2)
    for (const latency of told.latencies) expect(latency).toBeGreaterThan(0)
    expect(isFound).toBe(true)
    expect(lines).toEqual([
      `tcp ping of ${destination}:${port} (${destination}) succeeded. Target is reachable.`,
      expect.stringMatching(/^ping #1 succeeded in [0-9.]+ms$/),
      expect.stringMatching(/^ping #2 succeeded in [0-9.]+ms$/),
    ])
  })

  it('tells a refused port, which is an answer and no error', async () => {
    const { server, port } = await listen(destination)
    server.close()
    const asked = { destination, destinationport: port, protocol: 'tcp', count: 2 }
    const { told, errors, isFound, lines } = await ask(asked)
    expect(told).toMatchObject({ latencies: [-1, -1], failures: [] })
    expect(errors).toEqual([])
    expect(isFound).toBe(false)
    expect(lines).toEqual([
      `tcp ping of ${destination}:${port} (${destination}) failed. Target is not reachable.`,
      'ping #1 failed, connection refused',
      'ping #2 failed, connection refused',
    ])
  })
})

describe.each([
  ['udp4', '127.0.0.1'],
  ['udp6', '::1'],
] as const)('ping by UDP (%s)', (type, destination) => {
  const asked = { destination, protocol: 'udp', count: 1 }

  it('finds a port that answers', async () => {
    const { socket, port } = await bind(type, destination)
    socket.on('message', (_, from) => {
      socket.send('x', from.port, from.address)
    })
    const { told, isFound } = await ask({ ...asked, destinationport: port })
    socket.close()
    expect(told.latencies[0]).toBeGreaterThan(0)
    expect(told.latencies[0]).toBeLessThan(9_999_999)
    expect(isFound).toBe(true)
  })

  it('counts silence as reached, as MIG does, and says that it may be', async () => {
    const { socket, port } = await bind(type, destination)
    const answer = await ask({ ...asked, destinationport: port, timeout: 0.1 })
    socket.close()
    expect(answer.told).toMatchObject({ latencies: [9_999_999], failures: [] })
    expect(answer.isFound).toBe(true)
    expect(answer.lines[1]).toBe('ping #1 may have succeeded (no udp response)')
  })

  it('tells a closed port', async () => {
    const { socket, port } = await bind(type, destination)
    socket.close()
    const { told, isFound } = await ask({ ...asked, destinationport: port })
    expect(told.latencies).toEqual([-1])
    expect(isFound).toBe(false)
  })
})

const LINUX_ANSWER =
  'PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.\n64 bytes from 192.0.2.1: icmp_seq=1 ttl=57 time=12.3 ms\n\n--- 192.0.2.1 ping statistics ---\n1 packets transmitted, 1 received, 0% packet loss, time 0ms\nrtt min/avg/max/mdev = 12.345/12.345/12.345/0.000 ms\n'
const LINUX_UNREACHABLE =
  'PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.\nFrom 198.51.100.1 icmp_seq=1 Destination Host Unreachable\n\n--- 192.0.2.1 ping statistics ---\n1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms\n'
const MACOS_ANSWER =
  'PING 192.0.2.1 (192.0.2.1): 56 data bytes\n64 bytes from 192.0.2.1: icmp_seq=0 ttl=57 time=8.102 ms\n\n--- 192.0.2.1 ping statistics ---\n1 packets transmitted, 1 packets received, 0.0% packet loss\nround-trip min/avg/max/stddev = 8.102/8.102/8.102/0.000 ms\n'
const WINDOWS_ANSWER =
  '\r\nPing wird ausgef\x81hrt f\x81r 192.0.2.1 mit 32 Bytes Daten:\r\nAntwort von 192.0.2.1: Bytes=32 Zeit<1ms TTL=128\r\n\r\nPing-Statistik f\x81r 192.0.2.1:\r\n    Pakete: Gesendet = 1, Empfangen = 1, Verloren = 0\r\n    (0% Verlust),\r\nCa. Zeitangaben in Millisek.:\r\n    Minimum = 0ms, Maximum = 0ms, Mittelwert = 0ms\r\n'
const WINDOWS_UNREACHABLE =
  '\r\nPinging 192.0.2.1 with 32 bytes of data:\r\nReply from 198.51.100.1: Destination host unreachable.\r\n\r\nPing statistics for 192.0.2.1:\r\n    Packets: Sent = 1, Received = 1, Lost = 0 (0% loss),\r\n'

describe('ping by ICMP', () => {
  const LINUX = 'ping -n -c 1 -W 5 192.0.2.1'
  const MACOS = 'ping -n -c 1 -W 5000 192.0.2.1'
  const WINDOWS = 'ping -n 1 -w 5000 192.0.2.1'

  it.each([
    ['linux', LINUX, LINUX_ANSWER, 12.3, []],
    ['linux', LINUX, LINUX_UNREACHABLE, 0, ['unreachable']],
    ['linux', LINUX, 1, 9_999_999, []],
    ['linux', LINUX, 2, 0, ['failed']],
    ['darwin', MACOS, MACOS_ANSWER, 8.102, []],
    ['darwin', MACOS, 2, 9_999_999, []],
    ['win32', WINDOWS, WINDOWS_ANSWER, 1, []],
    ['win32', WINDOWS, WINDOWS_UNREACHABLE, 0, ['unreachable']],
    ['win32', WINDOWS, 1, 9_999_999, []],
  ] as const)('on %s, %s: %j', async (platform, line, output, latency, failures) => {
    using machine = createMachine({ platform, programs: { [line]: output } })
    const asked = { destination: '192.0.2.1', protocol: 'icmp', count: 1 }
    const { told, isFound } = await ask(asked, machine)
    expect(told).toEqual({
      latencies: [latency],
      protocol: 'icmp',
      resolvedhost: '192.0.2.1 (192.0.2.1)',
      failures,
    })
    expect(isFound).toBe(latency > 0 && latency < 9_999_999)
  })

  it('asks macOS by ping6 for IPv6', async () => {
    using machine = createMachine({
      platform: 'darwin',
      programs: {
        'ping6 -n -c 1 2001:db8::1': '16 bytes from 2001:db8::1, icmp_seq=0 time=1.5 ms\n',
      },
    })
    const asked = { destination: '2001:db8::1', protocol: 'icmp', count: 1 }
    expect((await ask(asked, machine)).told.latencies).toEqual([1.5])
  })

  it('goes on after a try that failed, and counts each', async () => {
    const outputs = [Buffer.from(LINUX_UNREACHABLE), Buffer.from(LINUX_ANSWER)]
    const machine: Machine = {
      platform: 'linux',
      root: '',
      run: () => {
        const stdout = outputs.shift() ?? Buffer.alloc(0)
        return Promise.resolve({ kind: 'ended', code: stdout.length > 0 ? 0 : 1, stdout })
      },
    }
    const answer = await ask({ destination: '192.0.2.1', protocol: 'icmp', count: 3 }, machine)
    expect(answer.told.latencies).toEqual([0, 12.3, 9_999_999])
    expect(answer.lines.slice(1)).toEqual([
      'ping #1 failed, unreachable',
      'ping #2 succeeded in 12ms',
      'ping #3 failed, connection timed out',
    ])
  })

  it.each(['linux', 'freebsd'] as const)(
    'is unsupported on %s without a ping',
    async (platform) => {
      using machine = createMachine({ platform })
      const asked = { destination: '192.0.2.1', protocol: 'icmp' }
      await expect(ask(asked, machine)).rejects.toThrow(/there is no ping here|unsupported/)
    },
  )

  const canPing = (address: string): boolean =>
    spawnSync('ping', ['-c', '1', '-W', '1', address]).status === 0

  it.skipIf(!canPing('127.0.0.1'))('reaches 127.0.0.1 on this machine', async () => {
    const { told, isFound } = await ask({ destination: '127.0.0.1', protocol: 'icmp', count: 1 })
    expect(isFound, JSON.stringify(told)).toBe(true)
  })

  it.skipIf(!canPing('::1'))('reaches ::1 on this machine', async () => {
    const { told, isFound } = await ask({ destination: '::1', protocol: 'icmp', count: 1 })
    expect(isFound, JSON.stringify(told)).toBe(true)
  })
})

describe('ping called off', () => {
  const ICMP = { destination: '192.0.2.1', protocol: 'icmp', count: 3 }

  it('tells of ICMP only what was measured before', async () => {
    const controller = new AbortController()
    const { machine, hang } = createHangingMachine(Buffer.from(LINUX_ANSWER))
    let calls = 0
    const run: Machine['run'] = async (...args) => {
      const outcome = machine.run(...args)
      hang(true)
      calls += 1
      if (calls === 2) controller.abort()
      return outcome
    }
    const answer = await ask(ICMP, { ...machine, run }, controller)
    expect(answer.told).toMatchObject({ latencies: [12.3], failures: [] })
    expect(answer.errors).toEqual(['stopped after 1 of 3 tries'])
  })

  it('tells of TCP only what was measured before', async () => {
    const controller = new AbortController()
    const { server, port } = await listen('127.0.0.1')
    server.once('connection', () => {
      controller.abort()
    })
    const asked = { destination: '127.0.0.1', destinationport: port, protocol: 'tcp', count: 3 }
    const { told } = await ask(asked, undefined, controller)
    server.close()
    // The first may be connected before the abort is heard of.
    expect(told.latencies.length).toBeLessThan(2)
    expect(told.latencies).not.toContain(0)
    expect(told.failures).toEqual([])
  })

  it('in its first try does not say that a name is not found', async () => {
    const controller = new AbortController()
    const machine: Machine = {
      platform: 'linux',
      root: '',
      run: () => {
        controller.abort()
        return Promise.resolve({ kind: 'stopped', reason: 'called off', stdout: Buffer.alloc(0) })
      },
    }
    const { told, lines } = await ask(ICMP, machine, controller)
    expect(told).toMatchObject({ latencies: [], failures: [] })
    expect(lines).toEqual([
      'icmp ping of 192.0.2.1 (192.0.2.1) was not tried: the run ended before.',
    ])
  })

  it('before the name was resolved says nothing of it', async () => {
    const signal = AbortSignal.abort()
    await expect(ask(ICMP, undefined, { signal })).rejects.toBe(signal.reason)
  })
})

describe('ping', () => {
  it('says that a name is not found', async () => {
    const asked = { destination: 'nobody.invalid', protocol: 'tcp' }
    const { told, errors, isFound, lines } = await ask(asked)
    expect(lines).toEqual([
      'tcp ping of nobody.invalid:80 () was not tried: its name is not found here, or is an address of many hosts.',
    ])
    expect(told).toEqual({
      latencies: [],
      protocol: 'tcp',
      resolvedhost: 'nobody.invalid:80 ()',
      failures: ['not found'],
    })
    expect(errors).toEqual(['nobody.invalid: not found, or an address of many hosts'])
    expect(isFound).toBe(false)
  })

  it('fills in the defaults that it documents', () => {
    const typed = (line: string): unknown => ping.fromFlags(parseFlags(ping, line.split(' ')))
    expect(typed('-d host -p tcp')).toEqual({
      destination: 'host',
      protocol: 'tcp',
      destinationport: 80,
      count: 3,
      timeout: 5,
    })
    expect(typed('-d host -c 7')).toEqual({
      destination: 'host',
      protocol: 'icmp',
      count: 7,
      timeout: 5,
    })
    expect(() => typed('-d host -dp 80')).toThrow(/icmp has no ports/)
    expect(() => typed('-p tcp')).toThrow(/-d/)
  })

  it('takes what MIG writes for nothing', () => {
    ping.check({ destination: 'h', protocol: 'icmp', destinationport: 0, count: 0, timeout: 0 })
  })
})
