/** The homes of a machine's own accounts. */
import { readHomes } from '../support/accounts.ts'
import type { HostFiles } from './host-files.ts'

export interface Home {
  readonly user: string
  readonly uid: number
  readonly folder: string
}

/** Existing ones, each once; the root directory is nobody's home. */
export async function* homesOf(host: HostFiles): AsyncGenerator<Home> {
  for (const { folder, accounts } of readHomes(host.machine)) {
    await host.turn()
    if (folder !== '/' && host.locate(folder)?.stats.isDirectory() === true)
      yield { user: accounts[0].name, uid: accounts[0].uid, folder }
  }
}
