/** Where keys are looked for when nobody says where: in home directories. */
import path from 'node:path'
import { readHomes } from '../support/accounts.ts'
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

const accountPaths = (machine: Machine): readonly string[] =>
  readHomes(machine).map(({ folder, accounts }) => {
    const isPersons = accounts.some(({ uid }) => uid === 0 || uid >= FIRST_PERSON)
    return isPersons && folder !== '/' ? folder : path.join(folder, '.ssh')
  })
