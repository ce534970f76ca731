/** A machine's own accounts, from its files: directories of networks are not asked. */
import { readFileSync } from 'node:fs'
import { placeOn, type Machine } from './machine.ts'

export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
  readonly shell: string
}

export interface Group {
  readonly name: string
  readonly gid: number
  /** Named in the group; those whose own group it is are not among them. */
  readonly members: readonly string[]
}

/** Of /etc/passwd, without its references to directories of networks (`+::::::`); none where it cannot be read. */
export const readAccounts = (machine: Machine): readonly Account[] =>
  readTable(machine, '/etc/passwd', 7)
    .filter(([, , uid = '']) => /^\d+$/.test(uid))
    .map(([name = '', , uid, gid, , home = '', shell = '']) => ({
      name,
      uid: Number(uid),
      gid: Number(gid),
      home,
      shell,
    }))

/** Of /etc/group; none where it cannot be read. */
export const readGroups = (machine: Machine): readonly Group[] =>
  readTable(machine, '/etc/group', 4).map(([name = '', , gid, members = '']) => ({
    name,
    gid: Number(gid),
    members: members.split(',').filter((member) => member !== ''),
  }))

/** The name of a user, or its number where nobody is called so. */
export function userNames(machine: Machine): (uid: number) => string {
  // The first of several names is the one that the system uses.
  const names = new Map(
    readAccounts(machine)
      .toReversed()
      .map(({ uid, name }) => [uid, name]),
  )
  return (uid) => names.get(uid) ?? String(uid)
}

/** Lines of a file with fields between colons; none where it cannot be read. */
export function readTable(machine: Machine, file: string, columns: number): readonly string[][] {
  let text: string
  try {
    text = readFileSync(placeOn(machine, file), 'utf8')
  } catch {
    return []
  }
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length === columns && !fields[0]?.startsWith('#'))
}
