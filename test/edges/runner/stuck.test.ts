/** Children that cannot be killed, since they wait for a FUSE file system whose server says nothing. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../node/host/system.ts'
import type { OperationResult } from '../../../node/core/result.ts'
import { openRunner, type OpenRunner } from '../../../node/runner/run-module.ts'
import type { Exit } from '../../../node/runner/start-child.ts'
import { createStuck } from '../../../node/runner/stuck.ts'
import { canServeFuse } from '../../helpers/fuse.ts'

/** Long enough for a child to start on a busy machine. */
const SHORT_MS = 2000

/** Answers all but questions for a name, so that others who come by its folder meet an error. */
const SERVER = `
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
fd = os.open('/dev/fuse', os.O_RDWR)
options = b'fd=%d,rootmode=40000,user_id=0,group_id=0' % fd
if libc.mount(b'mig', sys.argv[1].encode(), b'fuse', 0, options) != 0: sys.exit(os.strerror(ctypes.get_errno()))
print('ready', flush=True)
while True:
    _, kind, unique, _ = struct.unpack('<IIQQ', os.read(fd, 1 << 20)[:24])
    answer, error = b'', 0
    if kind == 26: answer = struct.pack('<4IHHI', 7, 31, 131072, 0, 16, 12, 131072) + bytes(40)
    elif kind in (1, 2, 36, 42): continue
    elif kind == 3: answer = struct.pack('<QII', 3600, 0, 0) + struct.pack('<6Q10I', 1, *[0] * 8, 0o40755, 1, 0, 0, 0, 4096, 0)
    else: error = -38
    os.write(fd, struct.pack('<IiQ', 16 + len(answer), error, unique) + answer)
`

describe.skipIf(!canServeFuse())('a run that cannot be killed', () => {
  let folder = ''
  let server: ChildProcess
  let runner: OpenRunner
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'mig-stuck-'))
    const mute = spawn('python3', ['-c', SERVER, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    server = mute
    await once(mute.stdout, 'data')
    const registry = new URL('./misbehaving.ts', import.meta.url).href
    const limits = { graceMs: 100, concurrent: 2 }
    runner = await openRunner({ clock: systemClock, registry, limits })
  })
  afterAll(async () => {
    server.kill('SIGKILL')
    execFileSync('umount', ['--lazy', folder])
    rmdirSync(folder)
    await runner.close()
  })

  const run = (module: string, text: string, timeoutMs = 60_000): Promise<OperationResult> =>
    runner.run(
      { module, parameters: { text } },
      { signal: new AbortController().signal, timeoutMs, untilMs: Infinity },
    )

  it('gives its slot back, and its module is refused until it is gone', async () => {
    const open = (): Promise<OperationResult> => run('fifo', path.join(folder, 'name'), SHORT_MS)
    const stuck = await Promise.all([open(), open()])
    expect(stuck.map(({ status }) => status)).toEqual(['timeout', 'timeout'])
    expect(await open()).toMatchObject({
      status: 'failed',
      errors: [expect.stringContaining('cannot be ended')],
    })
    expect(await run('echo', 'others go on')).toMatchObject({ status: 'success' })
  })
})

describe('stuck children', () => {
  it('count for their module, until they are gone', async () => {
    const stuck = createStuck()
    const isFull = (module: string): boolean => stuck.refusalOf(module) !== undefined
    const first = Promise.withResolvers<Exit>()
    const { promise: never } = Promise.withResolvers<Exit>()
    let released = 0
    const add = (exited: Promise<Exit>, isAlive: boolean): void => {
      stuck.add('one', { exited, isAlive: () => isAlive }, () => (released += 1))
    }
    add(first.promise, true)
    add(never, false)
    expect([isFull('one'), released]).toEqual([false, 1])
    add(never, true)
    expect([isFull('one'), isFull('other'), released]).toEqual([true, false, 2])
    first.resolve({ code: null, signal: 'SIGKILL', isOutOfMemory: false, lastWords: '' })
    await first.promise
    expect(isFull('one')).toBe(false)
  })
})
