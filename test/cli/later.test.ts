/** `mig` after the question: following answers that come late, stopping and going on, withdrawing trust. A node in this process serves the socket. */
import { join } from 'node:path'
import { writeFile } from 'node:fs/promises'
import { describe, expect, it, vi } from 'vitest'
import { run } from '../../cli/run.ts'
import { serveControl } from '../../node/host/control-server.ts'
import { systemClock } from '../../node/host/system.ts'
import { createMesh, type TestMesh } from '../helpers/mesh.ts'
import { createMeshHomes } from '../helpers/mesh-homes.ts'
import { configure } from '../helpers/nodes.ts'
import { recordingIo } from '../helpers/recording-io.ts'
import { FILE_SEARCH, quickRunner } from '../helpers/runners.ts'
import { until } from '../helpers/until.ts'

interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}
interface Options {
  readonly signal?: AbortSignal
  readonly isTerminal?: boolean
  readonly onStderr?: (text: string) => void
}
const INTERRUPTED = 130
const NOBODY = 5
const FIND = ['file', '-t', 'all', '-path', '/etc/hostname', '-name', '^hostname$']

const mig = async (home: string, args: readonly string[], options: Options = {}): Promise<Ran> => {
  const { signal = new AbortController().signal, ...io } = options
  const recording = recordingIo({ TERM: 'xterm', NO_COLOR: '1' }, io)
  const code = await run(['--home', home, ...args], recording.io, signal)
  return { code, stdout: recording.stdout(), stderr: recording.stderr() }
}

/** Alice's home: its node runs, and her key lies beside it. */
async function serve(mesh: TestMesh): Promise<{ home: string } & AsyncDisposable> {
  const home = mesh.home('investigator')
  await writeFile(join(home, 'alice.asc'), mesh.keys.get('alice')!.privateKeyArmored, {
    mode: 0o600,
  })
  await configure(mesh, 'investigator', { keyfile: 'alice.asc' })
  const server = await serveControl(mesh.investigator.api, join(home, 'socket'))
  return { home, [Symbol.asyncDispose]: () => server.close() }
}

describe('mig results --follow', () => {
  it('waits for who was silent; Ctrl-C says how to go on, and then it does', async () => {
    await using mesh = await createMesh({ agents: 2, runner: quickRunner() })
    await mesh.known(2)
    await mesh.stopAgent(1)
    const hunt = await mesh.hunt({ operations: [FILE_SEARCH] })
    await using served = await serve(mesh)
    const id = hunt.action.slice(0, 12)

    const stop = new AbortController()
    const stopped = await mig(served.home, ['results', id, '--follow', '-show', 'all'], {
      signal: stop.signal,
      isTerminal: true,
      onStderr: (text) => {
        if (text.includes('1 of 2 answered')) stop.abort(INTERRUPTED)
      },
    })
    expect(stopped.code).toBe(INTERRUPTED)
    expect(stopped.stdout).toContain('agent-0')
    expect(stopped.stderr).toContain(`Later: mig results ${id} --follow`)

    const waiting = Promise.withResolvers<undefined>()
    const following = mig(served.home, ['results', id, '--follow', '-show', 'all'], {
      isTerminal: true,
      onStderr: (text) => {
        if (text.includes('1 of 2 answered')) waiting.resolve(undefined)
      },
    })
    await waiting.promise
    await mesh.startAgent(1)
    const { code, stdout, stderr } = await following
    expect(stdout).toMatch(/^agent-0 .*\n(.*\n)*agent-1 /)
    expect(stderr).toContain('2 of 2 agents answered')
    expect(code).toBe(0)
  })
})

describe('mig revoke', () => {
  it('withdraws the own key everywhere; what it signs is refused from then on', async () => {
    const runner = quickRunner()
    await using mesh = await createMesh({ agents: 2, runner })
    await mesh.known(2)
    await using served = await serve(mesh)
    const { fingerprint } = mesh.keys.get('alice')!
    expect((await mig(served.home, FIND)).code).toBe(0)
    expect(runner.runs).toHaveLength(2)

    const revoked = await mig(served.home, ['revoke', 'key', fingerprint, '-reason', 'lost'])
    expect(revoked.stderr).toMatch(/^revoke [0-9a-f]{12}: \d of /)
    expect(revoked.code).toBe(0)
    await until(() => mesh.agents.every((each) => each!.peer.trust.isRevoked(fingerprint)))

    const refused = await mig(served.home, FIND)
    expect(refused.code).toBe(3)
    expect(refused.stderr).toContain('nothing sent')
    expect(runner.runs).toHaveLength(2)
  })

  it('needs a second person for an agent: one signs, the other sends', async () => {
    await using mesh = await createMesh({ agents: 1, runner: quickRunner() })
    await mesh.known(1)
    await using served = await serve(mesh)
    const peer = mesh.agents[0]!.peer.network.self
    const alone = await mig(served.home, ['revoke', 'agent', peer])
    expect(alone).toMatchObject({ code: 3, stdout: '' })

    const first = await mig(served.home, ['revoke', 'agent', peer, '-s'])
    const file = join(served.home, 'revoke.json')
    await writeFile(file, first.stdout)
    await writeFile(join(served.home, 'bob.asc'), mesh.keys.get('bob')!.privateKeyArmored, {
      mode: 0o600,
    })
    await configure(mesh, 'investigator', { keyfile: 'bob.asc' })
    await writeFile(file, (await mig(served.home, ['sign', file])).stdout)
    const sent = await mig(served.home, ['launch', file])
    expect(sent.stderr).toMatch(/^revoke [0-9a-f]{12}: \d of /)
    expect(mesh.investigator.peer.trust.isRevoked(peer)).toBe(true)
    await until(() => mesh.bootstraps[0]!.trust.isRevoked(peer))
  })
})

describe('mig without a mesh', () => {
  it('says at once what it looks for, and at the end that nobody came', async () => {
    const { after } = systemClock
    // The wait for a first neighbour ends as soon as it has been announced.
    const waits: (() => void)[] = []
    vi.spyOn(systemClock, 'after').mockImplementation((ms, task) => {
      if (ms === 10_000) waits.push(task)
      return after(ms, task)
    })
    await using homes = await createMeshHomes({ agents: 0 })
    const { code, stderr } = await mig(homes.home('investigator'), ['agents'], {
      onStderr: (text) => {
        if (text.startsWith('looking for a peer of the mesh test')) for (const end of waits) end()
      },
    })
    vi.restoreAllMocks()
    expect(stderr).toContain('no peer of the mesh test can be reached; going on alone')
    expect(code).toBe(NOBODY)
  })
})
