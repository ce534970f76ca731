import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'

const FILE = pathToFileURL(join(import.meta.dirname, '../../node/assembly/stray-errors.ts')).href

/** A process that throws `name` in a microtask of its own, then says that it lives. */
function afterUncaught(name: string): { status: number | null; stdout: string; stderr: string } {
  const program = `import { surviveStrayErrors } from ${JSON.stringify(FILE)}
    surviveStrayErrors({ log: (event, data) => console.log(event, data.reason) })
    queueMicrotask(() => { throw Object.assign(new Error('closed'), { name: ${JSON.stringify(name)} }) })
    setImmediate(() => console.log('alive'))`
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
}

describe('surviveStrayErrors', () => {
  it("logs libp2p's stray error and goes on", () => {
    const { status, stdout } = afterUncaught('StreamStateError')
    expect(stdout).toBe('stray-stream-error closed\nalive\n')
    expect(status).toBe(0)
  })

  it('ends the process with its stack for everything else', () => {
    const { status, stdout, stderr } = afterUncaught('TypeError')
    expect(stdout).toBe('')
    expect(stderr).toContain('TypeError: closed')
    expect(status).toBe(1)
  })
})
