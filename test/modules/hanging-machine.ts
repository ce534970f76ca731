/** A machine whose programs answer at once, or never: for the laws about stopping. */
import type { Machine } from '../../agent-modules/support/machine.ts'

export function createHangingMachine(stdout: Buffer): {
  readonly machine: Machine
  /** Whether programs started from now on never end of themselves. */
  hang(doesHang: boolean): void
} {
  let hangs = false
  return {
    hang: (doesHang) => {
      hangs = doesHang
    },
    machine: {
      platform: 'linux',
      root: '/nonexistent',
      run: async (_name, _args, { signal }) => {
        if (!hangs) return { kind: 'ended', code: 0, stdout }
        const { promise, resolve } = Promise.withResolvers<undefined>()
        signal.addEventListener('abort', () => {
          resolve(undefined)
        })
        if (!signal.aborted) await promise
        return { kind: 'stopped', reason: 'called off', stdout: Buffer.alloc(0) }
      },
    },
  }
}
