/** The homes of a machine's own accounts. */
import { readAccounts } from '../../support/accounts.ts'
import type { HostFiles } from '../host-files.ts'

export interface Home {
  readonly user: string
  readonly folder: string
}

/** Existing ones, each once; the root directory is nobody's home. */
export async function* homesOf(host: HostFiles): AsyncGenerator<Home> {
  const known = new Set<string>(['/'])
  for (const { name, home } of readAccounts(host.machine)) {
    await host.turn()
    if (!home.startsWith('/') || known.has(home)) continue
    known.add(home)
    if (host.locate(home)?.stats.isDirectory() === true) yield { user: name, folder: home }
  }
}
