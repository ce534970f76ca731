/** `timedrift` beside time servers that are off, silent, or lie. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import type { Machine } from '../../agent-modules/support/machine.ts'
import { configuredServers } from '../../agent-modules/timedrift/configured-servers.ts'
import { timedriftOn } from '../../agent-modules/timedrift/index.ts'
import { runModule } from '../laws/module.ts'
import { createMachine, type MachineInit } from './machine.ts'
import { createTimeServer } from './time-server.ts'

const NOBODY: Machine = {
  platform: 'linux',
  root: '/nonexistent',
  run: () => Promise.resolve({ kind: 'missing' }),
}

interface Told {
  readonly hascheckeddrift: boolean
  readonly iswithindrift: boolean
  readonly drifts: readonly { readonly host: string; readonly drift: string }[]
  readonly localtime: string
}
interface Server {
  readonly host: string
  readonly reachable: boolean
  readonly refusal?: string
  readonly drift?: string
  readonly latency?: string
  readonly time?: string
}

async function ask(parameters: object, machine: Machine = NOBODY, now = () => Date.now()) {
  const module = timedriftOn({ ...machine, now })
  const { findings, errors, statistics } = await runModule(module, parameters)
  const [told] = findings as readonly Told[]
  const [{ ntpstats }] = statistics as readonly [{ ntpstats: readonly Server[] }]
  return {
    told,
    ntpstats,
    errors,
    isFound: module.haveHit(findings, parameters),
    module,
    statistics,
  }
}

const seconds = (drift = ''): number => Number(/^(-?[0-9.]+)s$/.exec(drift)?.[1])
const shifted = (byMs: number) => () => Date.now() + byMs

describe('timedrift', () => {
  it('without a drift returns the local time, and asks nobody', async () => {
    const { told, isFound, ntpstats } = await ask({}, NOBODY, () => 0)
    expect(told).toEqual({
      hascheckeddrift: false,
      iswithindrift: false,
      drifts: [],
      localtime: '1970-01-01T00:00:00.000Z',
    })
    expect(isFound).toBe(true)
    expect(ntpstats).toEqual([])
  })

  it('finds a host whose clock is 5 s behind', async () => {
    await using server = await createTimeServer({ now: shifted(5000) })
    const { told, isFound, errors, ntpstats, module, statistics } = await ask({
      drift: '2s',
      servers: [server.name],
    })
    expect(errors).toEqual([])
    expect(told).toMatchObject({ hascheckeddrift: true, iswithindrift: false })
    expect(told?.drifts).toEqual([{ host: server.name, drift: expect.any(String) }])
    expect(seconds(told?.drifts[0]?.drift)).toBeCloseTo(-5, 1)
    expect(isFound).toBe(true)
    expect(ntpstats).toEqual([
      expect.objectContaining({ host: server.name, reachable: true, stratum: 2 }),
    ])
    expect(seconds(ntpstats[0]?.drift)).toBeCloseTo(-5, 1)
    const lines = module.lines({ elements: told, statistics: statistics[0] }, { foundOnly: false })
    expect(lines[1]).toBe('local time is out of sync from NTP servers')
    expect(lines[2]).toMatch(/^Local time is behind ntp host 127\.0\.0\.1:\d+ by [45]\.\d+s$/)
    expect(lines[4]).toMatch(/^stat: \S+ responded in \S+ with time \S+Z\. local time drifts by -/)
  })

  it('finds a host whose clock is ahead, and by how much', async () => {
    await using server = await createTimeServer({ now: () => Date.now() })
    const asked = { drift: '1m', servers: [server.name] }
    const { told, module } = await ask(asked, NOBODY, shifted(90_000))
    expect(told?.drifts[0]?.drift).toMatch(/^1m(?:29|30)/)
    expect(module.lines({ elements: told }, { foundOnly: true })[2]).toContain('is ahead of')
  })

  it('does not find a host that is in time', async () => {
    await using server = await createTimeServer({ now: shifted(500) })
    const { told, isFound } = await ask({ drift: '10s', servers: [server.name] })
    expect(told).toMatchObject({ hascheckeddrift: true, iswithindrift: true, drifts: [] })
    expect(isFound).toBe(false)
  })

  it('knows the time after 2036, when seconds begin anew', async () => {
    const later = Date.parse('2040-01-02T03:04:05Z')
    await using server = await createTimeServer({ now: () => later })
    const { ntpstats } = await ask({ drift: '1s', servers: [server.name] }, NOBODY, () => later)
    expect(ntpstats[0]?.time).toBe('2040-01-02T03:04:05.000Z')
    expect(ntpstats[0]?.drift).toMatch(/^-?[0-9.]+(?:µs|ms)$|^0s$/)
  })

  it('asks four times, each with a number of its own, and takes the quickest reply', async () => {
    let asked = 0
    await using server = await createTimeServer({
      now: () => {
        asked += 1
        // The third reply is the truthful one; the others say that their way back took long.
        return Date.now() + (asked === 3 ? 0 : 60_000)
      },
      replies: (reply) => {
        if (asked !== 3) reply.writeUInt32BE(reply.readUInt32BE(32) + 1, 32)
        return [reply]
      },
    })
    const { ntpstats } = await ask({ drift: '1s', servers: [server.name] })
    const nonces = server.questions.map((question) => question.toString('hex', 40, 48))
    expect(new Set(nonces).size).toBe(4)
    expect(
      server.questions.every((question) => question.subarray(1, 40).every((b) => b === 0)),
    ).toBe(true)
    expect(ntpstats[0]?.drift).toMatch(/^-?[0-9.]+(?:µs|ms)$/)
  })

  describe('does not believe', () => {
    const edit = (change: (reply: Buffer) => void) => (reply: Buffer) => {
      change(reply)
      return [reply]
    }
    const lies: readonly (readonly [string, (reply: Buffer) => readonly Buffer[], RegExp])[] = [
      ['a reply to another question', edit((reply) => reply.fill(7, 24, 32)), /not asked/],
      ['a reply that is too short', (reply) => [reply.subarray(0, 47)], /not asked/],
      ['what is no reply of a server', edit((reply) => reply.writeUInt8(0x23, 0)), /not asked/],
      ['a server that is not in time', edit((reply) => reply.writeUInt8(0xe4, 0)), /not know/],
      ['a stratum that there is not', edit((reply) => reply.writeUInt8(16, 1)), /not know/],
      ['a reply without a time', edit((reply) => reply.fill(0, 40)), /not know/],
      ['silence', () => [], /did not answer/],
    ]

    it.each(lies)('%s, and goes on to the next server', async (_, replies, reason) => {
      await using liar = await createTimeServer({ now: shifted(1e9), replies })
      await using honest = await createTimeServer({ now: () => Date.now() })
      const asked = { drift: '10s', servers: [liar.name, honest.name] }
      const { told, errors, ntpstats } = await ask(asked)
      expect(told).toMatchObject({ hascheckeddrift: true, iswithindrift: true })
      expect(errors).toEqual([expect.stringMatching(reason)])
      expect(ntpstats.map(({ reachable }) => reachable)).toEqual([false, true])
      expect(liar.questions.length).toBeLessThanOrEqual(2)
    })
  })

  it('waits for the true reply behind a false one', async () => {
    await using server = await createTimeServer({
      now: () => Date.now(),
      replies: (reply) => [Buffer.alloc(48, 0x24), reply],
    })
    const { told } = await ask({ drift: '10s', servers: [server.name] })
    expect(told).toMatchObject({ hascheckeddrift: true, iswithindrift: true })
  })

  it("leaves a server alone that says so (kiss-o'-death), and tells", async () => {
    await using server = await createTimeServer({
      now: () => Date.now(),
      replies: (reply) => {
        reply[1] = 0
        reply.write('RATE', 12, 'latin1')
        return [reply]
      },
    })
    const { told, errors, isFound, ntpstats } = await ask({ drift: '1s', servers: [server.name] })
    expect(server.questions).toHaveLength(1)
    expect(errors).toEqual([
      `${server.name}: it wants no questions (kiss-o'-death "RATE")`,
      'no time server told the time',
    ])
    expect(told).toMatchObject({ hascheckeddrift: false })
    expect(isFound).toBe(false)
    expect(ntpstats).toEqual([{ host: server.name, reachable: false, refusal: 'kiss' }])
  })

  it('says that a port is closed', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const { port } = socket.address()
    socket.close()
    const { ntpstats } = await ask({ drift: '1s', servers: [`127.0.0.1:${port}`] })
    expect(ntpstats).toEqual([{ host: `127.0.0.1:${port}`, reachable: false, refusal: 'closed' }])
  })

  it('asks the servers of the host, and then no others when one answers', async () => {
    await using server = await createTimeServer({ now: () => Date.now() })
    using machine = createMachine({
      files: { '/etc/chrony.conf': `server ${server.name} iburst\n` },
    })
    const { ntpstats } = await ask({ drift: '10s' }, machine)
    expect(ntpstats.map(({ host }) => host)).toEqual([server.name])
  })
})

describe('the time servers of a host', () => {
  const serversOf = async (init: MachineInit): Promise<readonly string[]> => {
    using machine = createMachine(init)
    const configured = {
      machine,
      report: (message: string) => {
        throw new Error(message)
      },
    }
    const found = await configuredServers(configured, new AbortController().signal)
    return found.map(({ name }) => name)
  }

  it('are read from the files of every daemon, each once', async () => {
    const files = {
      '/etc/chrony/chrony.conf':
        '# server commented.example\npool 2.debian.pool.ntp.org iburst\nserver 192.0.2.1\nmakestep 1 3\n',
      '/etc/chrony/sources.d/lab.sources': 'server lab.example prefer\n',
      '/etc/chrony/sources.d/lab.bak': 'server old.example\n',
      '/etc/ntp.conf': 'server 127.127.1.0\npeer -4 peer.example\nserver 192.0.2.1\nserver\n',
      '/etc/ntpsec/ntp.conf': 'pool 0.ntpsec.example\n',
      '/etc/openntpd/ntpd.conf': 'servers pool.openntpd.example\nsensor *\n',
    }
    expect(await serversOf({ files })).toEqual([
      '2.debian.pool.ntp.org',
      '192.0.2.1',
      'peer.example',
      '0.ntpsec.example',
      'pool.openntpd.example',
      'lab.example',
    ])
  })

  it('are those of timesyncd with its drop-ins, as systemd puts them together', async () => {
    const files = {
      '/etc/systemd/timesyncd.conf':
        '[Time]\nNTP=a.example b.example\n#NTP=x\nFallbackNTP=f.example\n',
      '/usr/lib/systemd/timesyncd.conf': '[Time]\nNTP=hidden.example\n',
      '/etc/systemd/timesyncd.conf.d/20-more.conf': '[Time]\nNTP=c.example\n',
      '/usr/lib/systemd/timesyncd.conf.d/10-base.conf': '[Time]\nNTP=\nNTP=base.example\n',
      '/run/systemd/timesyncd.conf.d/20-more.conf': '[Time]\nNTP=overridden.example\n',
    }
    expect(await serversOf({ files })).toEqual(['base.example', 'c.example', 'f.example'])
  })

  it('are those of ntp.conf on macOS', async () => {
    const files = { '/etc/ntp.conf': 'server time.apple.com.\n' }
    expect(await serversOf({ platform: 'darwin', files })).toEqual(['time.apple.com.'])
  })

  it.each([
    ['time.windows.com,0x9 \r\n', ['time.windows.com']],
    ['dc1.corp.example\r\n', ['dc1.corp.example']],
    ['Local CMOS Clock\r\n', []],
    ['Free-running System Clock\r\n', []],
  ])('are what w32tm says on Windows: %j', async (output, expected) => {
    const programs = { 'w32tm /query /source': output }
    expect(await serversOf({ platform: 'win32', programs })).toEqual(expected)
  })

  it('are none where a name could be an option', async () => {
    expect(await serversOf({ files: { '/etc/ntp.conf': 'server -x\nserver $(id)\n' } })).toEqual([])
  })
})
