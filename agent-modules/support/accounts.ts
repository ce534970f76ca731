/** A machine's own accounts, from its files: directories of networks are not asked. */
import path from 'node:path'
import { placeOn, type Machine } from './machine.ts'
import { readSmallFile } from './small-file.ts'
import { reasonOf } from './soft-errors.ts'

/** A hundred thousand accounts are a tenth of it. */
const TABLE_LIMIT = 64 * 1024 * 1024

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

export interface Home {
  readonly folder: string
  /** Whose it is; services often share one. */
  readonly accounts: readonly [Account, ...Account[]]
}

/** The home folders that accounts name by an absolute path, each once; the root directory may be one, and some may not exist. */
export function readHomes(machine: Machine): readonly Home[] {
  const homes = new Map<string, [Account, ...Account[]]>()
  for (const account of readAccounts(machine)) {
    if (!path.posix.isAbsolute(account.home)) continue
    const folder = path.posix.resolve(account.home)
    const others = homes.get(folder)
    if (others === undefined) homes.set(folder, [account])
    else others.push(account)
  }
  return [...homes].map(([folder, accounts]) => ({ folder, accounts }))
}

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

/** Lines of a file with fields between colons; none where it cannot be read. @throws Error where it is none of a host at work: larger than any, or no regular file */
export function readTable(machine: Machine, file: string, columns: number): readonly string[][] {
  return textOf(machine, file)
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length === columns && !fields[0]?.startsWith('#'))
}

function textOf(machine: Machine, file: string): string {
  try {
    const options = { limit: TABLE_LIMIT, followLinks: true }
    return readSmallFile(placeOn(machine, file), options).toString()
  } catch (error) {
    // Of the system: it is not there, or not ours to read.
    if (error instanceof Error && 'code' in error) return ''
    throw new Error(`${file}: ${reasonOf(error)}`, { cause: error })
  }
}
