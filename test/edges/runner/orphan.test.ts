import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../node/host/system.ts'
import { findWrappers } from '../../../node/runner/wrappers.ts'

const registry = new URL('./misbehaving.ts', import.meta.url).href
const parent = fileURLToPath(new URL('./orphan-parent.ts', import.meta.url))
const { setpriv } = await findWrappers()

/**
 * Kills the parent with SIGKILL once the module has opened a FIFO for reading. Resolves when nobody holds that open any
 * more, which is when the module's process is gone.
 */
async function orphan(module: string, wrapped: 'wrapped' | 'bare'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mig-orphan-'))
  try {
    const path = join(folder, 'fifo')
    await promisify(execFile)('mkfifo', [path])
    const agent = spawn(process.execPath, [parent, registry, module, path, wrapped], {
      stdio: 'ignore',
    })
    // Opens only when the module has opened the other end.
    await using fifo = await open(path, 'w')
    agent.kill('SIGKILL')
    await once(agent, 'exit')
    return await untilNobodyReads(fifo)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The error that the kernel gives to a writer without a reader. */
async function untilNobodyReads(fifo: FileHandle): Promise<string> {
  for (;;) {
    try {
      await fifo.write('.')
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : String(error)
    }
    await systemClock.sleep(20)
  }
}

describe('a child whose parent is killed', () => {
  it('ends by itself, with no program of the system to help', async () => {
    expect(await orphan('hold', 'bare')).toBe('EPIPE')
  })

  it.runIf(setpriv !== undefined)('ends even in an endless loop', async () => {
    expect(await orphan('hold-and-loop', 'wrapped')).toBe('EPIPE')
  })
})
