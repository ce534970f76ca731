/** All packages of a machine, of every package manager that it has. */
import { UnsupportedError } from '../../contract.ts'
import { unsupportedHere, type Machine } from '../machine.ts'
import { Pace } from '../pace.ts'
import { reasonOf } from '../soft-errors.ts'
import { apk } from './apk.ts'
import { brew } from './brew.ts'
import { dpkg } from './dpkg.ts'
import { applications, pkgutil } from './macos.ts'
import type { PackageDatabase, PackageQuery, PackageStep } from './package.ts'
import { pacman } from './pacman.ts'
import { rpm } from './rpm.ts'
import { windows } from './windows.ts'

const DATABASES: Readonly<Partial<Record<NodeJS.Platform, readonly PackageDatabase[]>>> = {
  linux: [dpkg, rpm, apk, pacman, brew],
  darwin: [brew, pkgutil, applications],
  win32: [windows],
}

/** Hands over each package examined, until that says it is enough, or the run is called off. @throws UnsupportedError where there is no package manager that is known here */
export async function examinePackages(
  query: PackageQuery,
  take: (step: PackageStep) => 'more' | 'enough',
): Promise<void> {
  for (const database of databasesOf(query.machine)) {
    if (query.signal.aborted) return
    try {
      const steps = database.packages(query)
      const end =
        Symbol.iterator in steps
          ? await takeAtOnce(steps, take, query.signal)
          : await takeAsTheyCome(steps, take, query.signal)
      if (end === 'enough') return
    } catch (error) {
      // The others are answered all the same.
      query.errors.notice(`${database.type}: ${reasonOf(error)}`)
    }
  }
}

/** Awaiting each would cost more than reading it. */
async function takeAtOnce(
  steps: Iterable<PackageStep>,
  take: (step: PackageStep) => 'more' | 'enough',
  signal: AbortSignal,
): Promise<'more' | 'enough'> {
  const pace = new Pace()
  for (const step of steps) {
    if (pace.isDue()) {
      await pace.turn()
      // It can be heard of only here.
      if (signal.aborted) return 'enough'
    }
    if (take(step) === 'enough') return 'enough'
  }
  return 'more'
}

async function takeAsTheyCome(
  steps: AsyncIterable<PackageStep>,
  take: (step: PackageStep) => 'more' | 'enough',
  signal: AbortSignal,
): Promise<'more' | 'enough'> {
  const pace = new Pace()
  for await (const step of steps) {
    if (pace.isDue()) await pace.turn()
    if (signal.aborted || take(step) === 'enough') return 'enough'
  }
  return 'more'
}

function databasesOf(machine: Machine): readonly PackageDatabase[] {
  const databases = DATABASES[machine.platform] ?? unsupportedHere('packages', machine)
  const present = databases.filter((database) => database.isOn(machine))
  if (present.length > 0) return present
  throw new UnsupportedError(
    `packages: this host has none of ${databases.map(({ type }) => type).join(', ')}`,
  )
}
