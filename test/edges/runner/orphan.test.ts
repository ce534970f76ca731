import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { findWrappers } from '../../../node/runner/wrappers.ts'

const registry = new URL('./misbehaving.ts', import.meta.url).href
const parent = fileURLToPath(new URL('./orphan-parent.ts', import.meta.url))
const { setpriv } = await findWrappers()

/** Kills the parent with SIGKILL once the module has opened the FIFO, and reads until nobody holds that open. */
async function orphan(module: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mig-orphan-'))
  try {
    const path = join(folder, 'fifo')
    await promisify(execFile)('mkfifo', [path])
    const agent = spawn(process.execPath, [parent, registry, module, path], { stdio: 'ignore' })
    await using fifo = await open(path, 'r')
    agent.kill('SIGKILL')
    await once(agent, 'exit')
    return await fifo.readFile('utf8')
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe('a child whose parent is killed', () => {
  it('ends by itself while it waits for something', async () => {
    expect(await orphan('hold')).toBe('held')
  })

  it.runIf(setpriv !== undefined)('ends even in an endless loop', async () => {
    expect(await orphan('hold-and-loop')).toBe('held')
  })
})
