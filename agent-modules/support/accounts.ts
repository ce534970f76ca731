/** A machine's own accounts, from its files: directories of networks are not asked. */
import path from 'node:path'
import { placeOn, type Machine } from './machine.ts'
import { readSmallFile } from './small-file.ts'
import { hasVanished, reasonOf } from './soft-errors.ts'

const PASSWD = '/etc/passwd'
const GROUP = '/etc/group'
/** Bytes: some 200,000 accounts. */
const TABLE_LIMIT = 16 * 1024 * 1024

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
  tableOrNone(machine, PASSWD, 7)
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
  tableOrNone(machine, GROUP, 4).map(([name = '', , gid, members = '']) => ({
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

/** Why the accounts, or the groups, are not known, a line each: what cannot be read has none. */
export const accountProblems = (machine: Machine): readonly string[] =>
  [PASSWD, GROUP].flatMap((file) => {
    try {
      textOf(machine, file)
      return []
    } catch (error) {
      return hasVanished(error) ? [] : [`${file}: ${reasonOf(error)}`]
    }
  })

function tableOrNone(machine: Machine, file: string, columns: number): readonly string[][] {
  try {
    return readTable(machine, file, columns)
  } catch {
    // Said by `accountProblems`.
    return []
  }
}

/** Lines of a file with fields between colons. @throws the system's error, or one that says why not */
export const readTable = (machine: Machine, file: string, columns: number): readonly string[][] =>
  textOf(machine, file)
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length === columns && !fields[0]?.startsWith('#'))

const textOf = (machine: Machine, file: string): string =>
  readSmallFile(placeOn(machine, file), { limit: TABLE_LIMIT, followLinks: true }).toString()
