/** Where keys are looked for when nobody says where: in home directories. */
import path from 'node:path'
import { readAccounts } from '../support/accounts.ts'
import { unsupportedHere, type Machine } from '../support/machine.ts'

/** Homes of people; those of services are as large as /var/lib/docker, and only their .ssh counts. */
const FIRST_PERSON = 1000

/** Absolute paths on that machine; some may not exist. @throws UnsupportedError */
export function defaultPaths(machine: Machine): readonly string[] {
  if (machine.platform === 'win32') return ['C:\\Users']
  if (machine.platform === 'darwin') return ['/Users', '/var/root']
  if (machine.platform === 'linux' || machine.platform === 'freebsd')
    return ['/root', '/home', ...accountPaths(machine)]
  return unsupportedHere('sshkey without paths', machine)
}

function accountPaths(machine: Machine): readonly string[] {
  const paths = readAccounts(machine)
    .filter(({ home }) => path.isAbsolute(home))
    .map(({ uid, home }) =>
      (uid === 0 || uid >= FIRST_PERSON) && path.normalize(home) !== '/'
        ? home
        : path.join(home, '.ssh'),
    )
  return [...new Set(paths)]
}
