/** Programs that Windows lists as installed, for all users and for each, from the registry by its own `reg`. */
import { printedBy } from '../program-output.ts'
import type { PackageDatabase, PackageQuery, PackageStep } from './package.ts'

const UNINSTALL = 'Microsoft\\Windows\\CurrentVersion\\Uninstall'
/** Accounts of people: services have none. */
const USER = /^HKEY_USERS\\(S-1-(?:5-21|12-1)-[0-9-]+)$/
const USERS_LIMIT = 200
const INDENT = '    '
const QUERY_TIMEOUT_MS = 60_000

export const windows: PackageDatabase = {
  type: 'windows',
  isOn: ({ platform }) => platform === 'win32',
  packages: readRegistry,
}

async function* readRegistry(query: PackageQuery): AsyncGenerator<PackageStep, void> {
  yield* programsBelow(`HKLM\\SOFTWARE\\${UNINSTALL}`, '64-bit', query)
  yield* programsBelow(`HKLM\\SOFTWARE\\WOW6432Node\\${UNINSTALL}`, '32-bit', query)
  const users = (await ask(['query', 'HKU'], query))
    .split('\r\n')
    .flatMap((line) => USER.exec(line.trim())?.[1] ?? [])
  for (const user of users.slice(0, USERS_LIMIT))
    yield* programsBelow(`HKU\\${user}\\SOFTWARE\\${UNINSTALL}`, 'unknown', query)
  if (users.length > USERS_LIMIT)
    query.errors.notice(`programs of ${users.length - USERS_LIMIT} users were not looked at`)
}

async function* programsBelow(
  key: string,
  arch: string,
  query: PackageQuery,
): AsyncGenerator<PackageStep, void> {
  const output = await ask(['query', key, '/s', '/reg:64'], query)
  // A line that is not indented names a key; its values follow.
  for (const entry of output.split(/\r\n(?=HKEY_)/)) {
    const lines = entry.split('\r\n')
    const name = valueOf(lines, 'DisplayName')
    if (name === undefined) continue
    yield query.wants(name)
      ? {
          name,
          version: valueOf(lines, 'DisplayVersion') ?? '',
          type: 'windows',
          arch,
          installed: dateOf(valueOf(lines, 'InstallDate')),
        }
      : 'unwanted'
  }
}

/** Empty where there is no such key, which many hosts and users have not. */
async function ask(
  args: readonly string[],
  { machine, signal, errors }: PackageQuery,
): Promise<string> {
  const options = { signal, timeoutMs: QUERY_TIMEOUT_MS, mayFail: true }
  const printed = await printedBy(machine, ['reg', ...args], options)
  if (printed.kind === 'printed') return printed.text
  if (printed.kind === 'missing') errors.notice(`reg ${printed.reason}`)
  else errors.add(`reg ${args.join(' ')}`, printed.reason)
  return ''
}

function valueOf(lines: readonly string[], name: string): string | undefined {
  const head = `${INDENT}${name}${INDENT}REG_SZ${INDENT}`
  return lines.find((line) => line.startsWith(head))?.slice(head.length)
}

/** Installers write `20231012`. */
function dateOf(date: string | undefined): string | undefined {
  const [, year, month, day] = /^([0-9]{4})([0-9]{2})([0-9]{2})$/.exec(date ?? '') ?? []
  return year === undefined ? undefined : `${year}-${String(month)}-${String(day)}`
}
