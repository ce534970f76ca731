/** What macOS itself knows of: receipts of installer packages (pkgutil), and applications (system_profiler). */
import { z } from 'zod'
import { printedBy } from '../program-output.ts'
import { fieldOf } from './stanza.ts'
import {
  timeOfSeconds,
  type PackageDatabase,
  type PackageQuery,
  type PackageStep,
} from './package.ts'

/** It looks through the whole disk's index. */
const PROFILER_TIMEOUT_MS = 120_000
/** Each receipt is a program to start. */
const RECEIPTS_LIMIT = 1000

export const pkgutil: PackageDatabase = {
  type: 'pkgutil',
  isOn: ({ platform }) => platform === 'darwin',
  packages: readReceipts,
}

export const applications: PackageDatabase = {
  type: 'app',
  isOn: ({ platform }) => platform === 'darwin',
  packages: readApplications,
}

async function* readReceipts(query: PackageQuery): AsyncGenerator<PackageStep, void> {
  const identifiers = (await ask('pkgutil', ['--pkgs'], query))
    .split('\n')
    .filter((id) => id !== '')
  let wanted = 0
  for (const name of identifiers) {
    const isWanted = query.wants(name)
    if (isWanted) wanted += 1
    // A name is an argument here: none that could be taken for an option.
    const canAsk = isWanted && wanted <= RECEIPTS_LIMIT && !name.startsWith('-')
    yield canAsk ? await receiptOf(name, query) : 'unwanted'
  }
  if (wanted > RECEIPTS_LIMIT)
    query.errors.notice(
      `${wanted - RECEIPTS_LIMIT} more receipts were not read: ask for fewer names`,
    )
}

async function receiptOf(name: string, query: PackageQuery): Promise<PackageStep> {
  const receipt = `\n${await ask('pkgutil', ['--pkg-info', name], query)}`
  const version = fieldOf(receipt, '\nversion:')
  if (version === undefined) return undefined
  const installed = timeOfSeconds(Number(fieldOf(receipt, '\ninstall-time:')))
  return { name, version, type: 'pkgutil', arch: 'unknown', installed }
}

const application = z.object({
  _name: z.string(),
  version: z.string().default(''),
  arch_kind: z.string().default('unknown'),
})
const profile = z.object({ SPApplicationsDataType: z.array(z.unknown()) })

async function* readApplications(query: PackageQuery): AsyncGenerator<PackageStep, void> {
  const args = ['-json', 'SPApplicationsDataType']
  for (const each of applicationsIn(await ask('system_profiler', args, query), query)) {
    const parsed = application.safeParse(each)
    if (!parsed.success) continue
    const { _name: name, version, arch_kind: arch } = parsed.data
    yield query.wants(name) ? { name, version, type: 'app', arch } : 'unwanted'
  }
}

function applicationsIn(output: string, { errors }: PackageQuery): readonly unknown[] {
  try {
    if (output !== '') return profile.parse(JSON.parse(output)).SPApplicationsDataType
  } catch {
    errors.add('system_profiler', 'its answer cannot be read')
  }
  return []
}

async function ask(
  name: string,
  args: readonly string[],
  { machine, signal, errors }: PackageQuery,
): Promise<string> {
  const options = { signal, timeoutMs: PROFILER_TIMEOUT_MS }
  const printed = await printedBy(machine, [name, ...args], options)
  if (printed.kind === 'printed') return printed.text
  errors.add(name, printed.reason)
  return ''
}
