/** Run keys and services of Windows, from `reg query`. */
import { placeAt, type HostFiles } from '../host-files.ts'
import type { Source, Start } from '../start.ts'
import { programOfWindows } from './command.ts'

const RUN_KEYS = ['HKLM', 'HKCU'].flatMap((hive) =>
  ['Software\\Microsoft', 'Software\\WOW6432Node\\Microsoft'].flatMap((vendor) =>
    ['Run', 'RunOnce', 'RunOnceEx', 'RunServices', 'Policies\\Explorer\\Run'].map(
      (name) => `${hive}\\${vendor}\\Windows\\CurrentVersion\\${name}`,
    ),
  ),
)
const SERVICES = 'HKLM\\SYSTEM\\CurrentControlSet\\Services'
/** Numbers of `Start`. */
const START_STATES: Readonly<Record<string, string>> = {
  '0x0': 'boot',
  '0x1': 'system',
  '0x2': 'auto',
  '0x3': 'demand',
  '0x4': 'disabled',
}

interface RegistryValue {
  readonly key: string
  readonly name: string
  readonly data: string
}

/** Values as `reg query` prints them: a key on a line, its values indented below. None where there is no such key. */
async function query(host: HostFiles, ...args: string[]): Promise<readonly RegistryValue[]> {
  const values: RegistryValue[] = []
  let key = ''
  for (const line of (await host.printedBy('reg', 'query', ...args)).split(/\r?\n/)) {
    const [, name, data = ''] = /^ {4}(.+?) {4}REG_[A-Z_]+(?: {4}(.*))?$/.exec(line) ?? []
    if (/^HKEY_/.test(line)) key = line.trim()
    else if (name !== undefined) values.push({ key, name, data })
  }
  return values
}

export const runKeys: Source = {
  kinds: ['run-key'],
  async *find(host) {
    for (const runKey of RUN_KEYS)
      for (const { key, name, data } of await query(host, runKey))
        yield {
          kind: 'run-key',
          name,
          definition: placeAt(key),
          executable: programOfWindows(data),
          enabled: true,
          user: runKey.startsWith('HKLM') ? undefined : 'current user',
        }
  },
}

export const services: Source = {
  kinds: ['service'],
  async *find(host) {
    const starts = await byKey(host, 'Start')
    const users = await byKey(host, 'ObjectName')
    for (const name of ['ImagePath', 'ServiceDll'])
      for (const { key, data } of await query(host, SERVICES, '/s', '/v', name))
        yield serviceStart(key, programOfWindows(data), { starts, users })
  },
}

type ByKey = ReadonlyMap<string, string>

async function byKey(host: HostFiles, name: string): Promise<ByKey> {
  const values = await query(host, SERVICES, '/s', '/v', name)
  return new Map(values.map(({ key, data }) => [key, data]))
}

/** A ServiceDll stands in the service's key `Parameters`. */
function serviceStart(
  key: string,
  executable: string | undefined,
  { starts, users }: { readonly starts: ByKey; readonly users: ByKey },
): Start {
  const service = key.replace(/\\Parameters$/i, '')
  const state = START_STATES[starts.get(service) ?? '']
  return {
    kind: 'service',
    name: service.slice(service.lastIndexOf('\\') + 1),
    definition: placeAt(key),
    executable,
    state,
    enabled: state === undefined ? undefined : state !== 'demand' && state !== 'disabled',
    user: users.get(service),
  }
}
