/** A registry for the runner whose modules ask a machine made for a test: `logins@/tmp/x` asks the one whose files are in /tmp/x. */
import { autorunsOn } from '../../agent-modules/autoruns/index.ts'
import type { Module } from '../../agent-modules/contract.ts'
import { loginsOn } from '../../agent-modules/logins/index.ts'
import { pkgOn } from '../../agent-modules/pkg/index.ts'
import { processOn } from '../../agent-modules/process/index.ts'
import { findModule as findProduct } from '../../agent-modules/registry.ts'
import type { Machine } from '../../agent-modules/support/machine.ts'
import { timedriftOn } from '../../agent-modules/timedrift/index.ts'

const MACHINE_MODULES: Readonly<Record<string, (machine: Machine) => Module>> = {
  autoruns: autorunsOn,
  logins: loginsOn,
  pkg: pkgOn,
  process: processOn,
  timedrift: (machine) => timedriftOn({ ...machine, now: () => Date.now() }),
}

export async function findModule(name: string): Promise<Module | undefined> {
  const [module = '', root = ''] = name.split('@')
  const makeOn = MACHINE_MODULES[module]
  if (root === '' || makeOn === undefined) return findProduct(module)
  return makeOn({ platform: 'linux', root, run: () => Promise.resolve({ kind: 'missing' }) })
}
