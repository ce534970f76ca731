/** `traceroute` by recorded outputs, and on this machine's loopback. */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { Machine } from '../../agent-modules/support/machine.ts'
import { traceroute, tracerouteOn } from '../../agent-modules/traceroute/index.ts'
import { runModule } from '../laws/module.ts'
import { createMachine, type MachineInit } from './machine.ts'

interface Told {
  readonly resolvedhost: string
  readonly reached: boolean
  readonly hops: readonly {
    readonly hop: number
    readonly addresses: readonly string[]
    readonly rtts: readonly number[]
    readonly refusal?: string
  }[]
}

async function ask(machine: Machine, more: object = {}) {
  const module = tracerouteOn(machine)
  const parameters = { destination: '192.0.2.9', ...more }
  const { findings, errors } = await runModule(module, parameters)
  const [told] = findings as readonly [Told]
  const lines = module.lines({ elements: told }, { foundOnly: false })
  return { told, errors, lines, isFound: module.haveHit(findings, parameters) }
}

async function askWith(init: MachineInit, more: object = {}) {
  using machine = createMachine(init)
  return { ...(await ask(machine, more)), started: machine.started }
}

const LINUX = 'traceroute -4 -n -q 3 -w 2 -m 30 192.0.2.9'
const LINUX_OUTPUT = `traceroute to 192.0.2.9 (192.0.2.9), 30 hops max, 60 byte packets
 1  10.0.0.1  0.512 ms  0.430 ms  0.391 ms
 2  * * *
 3  203.0.113.1  4.1 ms 203.0.113.5  4.9 ms *
 4  192.0.2.9  9.871 ms  9.802 ms  9.790 ms
`
const HOPS = [
  { hop: 1, addresses: ['10.0.0.1'], rtts: [0.512, 0.43, 0.391] },
  { hop: 2, addresses: [], rtts: [] },
  { hop: 3, addresses: ['203.0.113.1', '203.0.113.5'], rtts: [4.1, 4.9] },
  { hop: 4, addresses: ['192.0.2.9'], rtts: [9.871, 9.802, 9.79] },
]

describe('traceroute', () => {
  it('reads the program of Linux', async () => {
    const { told, errors, isFound, lines } = await askWith({ programs: { [LINUX]: LINUX_OUTPUT } })
    expect(errors).toEqual([])
    expect(told).toEqual({ resolvedhost: '192.0.2.9 (192.0.2.9)', reached: true, hops: HOPS })
    expect(isFound).toBe(true)
    expect(lines).toEqual([
      'traceroute of 192.0.2.9 (192.0.2.9): reached at hop 4',
      'hop 1: 10.0.0.1 0.512ms 0.43ms 0.391ms',
      'hop 2: no answer',
      'hop 3: 203.0.113.1 203.0.113.5 4.1ms 4.9ms',
      'hop 4: 192.0.2.9 9.871ms 9.802ms 9.79ms',
    ])
  })

  it('reads that of macOS, which writes more addresses of a hop below each other', async () => {
    const output = `traceroute to 192.0.2.9 (192.0.2.9), 30 hops max, 52 byte packets
 1  10.0.0.1  0.512 ms  0.430 ms  0.391 ms
 2  * * *
 3  203.0.113.1  4.1 ms
    203.0.113.5  4.9 ms *
 4  192.0.2.9  9.871 ms  9.802 ms  9.790 ms
`
    const programs = { 'traceroute -n -q 3 -w 2 -m 30 192.0.2.9': output }
    expect((await askWith({ platform: 'darwin', programs })).told.hops).toEqual(HOPS)
  })

  it('reads tracepath where there is no traceroute', async () => {
    const output = ` 1?: [LOCALHOST]                      pmtu 1500
 1:  10.0.0.1                                              0.512ms
 1:  10.0.0.1                                              0.430ms
 2:  no reply
 3:  203.0.113.1                                           4.100ms asymm  4
 4:  192.0.2.9                                             9.871ms reached
     Resume: pmtu 1500 hops 4 back 4
`
    const { told, started } = await askWith({
      programs: { 'tracepath -4 -n -m 30 192.0.2.9': output },
    })
    expect(told.reached).toBe(true)
    expect(told.hops).toEqual([
      { hop: 1, addresses: ['10.0.0.1'], rtts: [0.512, 0.43] },
      { hop: 2, addresses: [], rtts: [] },
      { hop: 3, addresses: ['203.0.113.1'], rtts: [4.1] },
      { hop: 4, addresses: ['192.0.2.9'], rtts: [9.871] },
    ])
    expect(started).toHaveLength(2)
  })

  it('reads tracert in any language', async () => {
    const output = `\r
Routenverfolgung zu 192.0.2.9 \x81ber maximal 30 Hops\r
\r
  1    <1 ms    <1 ms     1 ms  10.0.0.1 \r
  2     *        *        *     Zeit\x81berschreitung der Anforderung.\r
  3     9 ms     *        9 ms  192.0.2.9 \r
\r
Ablaufverfolgung beendet.\r
`
    const programs = { 'tracert -d -h 30 -w 2000 -4 192.0.2.9': output }
    const { told } = await askWith({ platform: 'win32', programs })
    expect(told.hops).toEqual([
      { hop: 1, addresses: ['10.0.0.1'], rtts: [1, 1, 1] },
      { hop: 2, addresses: [], rtts: [] },
      { hop: 3, addresses: ['192.0.2.9'], rtts: [9, 9] },
    ])
    expect(told.reached).toBe(true)
  })

  it('knows an IPv6 address however it is written', async () => {
    const programs = {
      'traceroute -6 -n -q 3 -w 2 -m 30 2001:DB8:0:0::9': ' 1  2001:db8::9  1.5 ms\n',
    }
    const { told } = await askWith({ programs }, { destination: '2001:DB8:0:0::9' })
    expect(told).toMatchObject({ reached: true, hops: [{ addresses: ['2001:db8::9'] }] })
  })

  it('does not call reached what is refused', async () => {
    const output = ' 1  10.0.0.1  1.1 ms !H  1.0 ms !H  1.0 ms !H\n 2  192.0.2.9  2.0 ms !X\n'
    const { told, isFound, lines } = await askWith({ programs: { [LINUX]: output } })
    expect(told).toMatchObject({ reached: false, hops: [{ refusal: 'H' }, { refusal: 'X' }] })
    expect(isFound).toBe(false)
    expect(lines[1]).toBe('hop 1: 10.0.0.1 1.1ms 1ms 1ms !H')
  })

  it.each(['nowhere.invalid', '224.0.0.1'])(
    'looks for no way to %s, and says why',
    async (destination) => {
      const { told, errors, lines, isFound, started } = await askWith({}, { destination })
      const resolvedhost = `${destination} ()`
      expect(told).toEqual({ resolvedhost, reached: false, hops: [], failure: 'not found' })
      expect(errors).toEqual([`${destination}: not found, or an address of many hosts`])
      expect(lines).toEqual([
        `traceroute of ${resolvedhost}: not tried: its name is not found here, or is an address of many hosts`,
      ])
      expect(isFound).toBe(false)
      expect(started).toEqual([])
    },
  )

  it('hands over its bounds', async () => {
    const { started } = await askWith(
      { programs: { 'traceroute -4 -n -q 1 -w 1 -m 3 192.0.2.9': ' 1  * \n' } },
      { maxhops: 3, probes: 1, timeout: 1 },
    )
    expect(started).toEqual(['traceroute -4 -n -q 1 -w 1 -m 3 192.0.2.9'])
  })

  it('returns what there is of a way that took too long', async () => {
    const stdout = Buffer.from(LINUX_OUTPUT.split('\n').slice(0, 3).join('\n'))
    const { told, errors } = await ask({
      platform: 'linux',
      root: '',
      run: () => Promise.resolve({ kind: 'stopped', reason: 'took longer than 5 ms', stdout }),
    })
    expect(told).toMatchObject({ reached: false, hops: HOPS.slice(0, 2) })
    expect(errors).toEqual(['traceroute: took longer than 5 ms: the way is cut short'])
  })

  it.each([
    ['linux', /there is no traceroute or tracepath/],
    ['freebsd', /unsupported on this platform/],
  ] as const)('is unsupported on %s without a program', async (platform, reason) => {
    await expect(askWith({ platform })).rejects.toThrow(reason)
  })

  it.skipIf(spawnSync('traceroute', ['--version']).status !== 0).each(['127.0.0.1', '::1'])(
    'reaches %s on this machine in one hop',
    async (destination) => {
      const { findings, errors } = await runModule(traceroute, { destination, timeout: 1 })
      expect(errors).toEqual([])
      expect(findings).toEqual([
        {
          resolvedhost: `${destination} (${destination})`,
          reached: true,
          hops: [{ hop: 1, addresses: [destination], rtts: expect.any(Array) }],
        },
      ])
    },
  )
})
