/** The processes of Linux, from /proc. */
import { userNames } from '../support/accounts.ts'
import { NO_NAME } from '../support/file-name.ts'
import { bootTimeMs, ownerOf, readProcess, type Executable } from '../support/linux-process.ts'
import { placeOn, type Machine } from '../support/machine.ts'
import { pageSizeOf } from '../support/page-size.ts'
import { isWholeProc, listPids, readProcRecord } from '../support/procfs.ts'
import type { Part, ProcessHost, ProcessRecord } from './host.ts'

/** What a name of an environment variable may be (POSIX). Programs that write their title over their environment leave other things there. */
const VARIABLE_FORM = /^[A-Za-z_][A-Za-z0-9_]{0,255}$/
/** Far more than any program is started with. */
const VARIABLES_LIMIT = 10_000
const SPACE = 0x20

export function linuxHost(machine: Machine): ProcessHost {
  return {
    cannot: [],
    list: () => listProcesses(machine),
    commandLine: (pid) => commandLine(machine, pid),
    environmentNames: (pid) => environmentNames(machine, pid),
    executable: ({ pid }) => ({ path: placeOn(machine, `/proc/${pid}/exe`), isLink: true }),
  }
}

function* listProcesses(machine: Machine): Generator<ProcessRecord> {
  const nameOfUser = userNames(machine)
  const bootedMs = bootTimeMs(machine)
  const pageSize = pageSizeOf(machine)
  for (const pid of listPids(machine)) {
    const process = readProcess(machine, pid)
    const uid = ownerOf(machine, pid)
    if (process === undefined || uid === undefined) continue
    yield {
      pid,
      ppid: process.ppid,
      name: process.name,
      ...fileOf(process.executable),
      user: { name: nameOfUser(uid), id: String(uid) },
      startedMs: bootedMs === undefined ? undefined : bootedMs + process.startedMs,
      state: process.state,
      threads: process.threads,
      residentBytes: process.residentPages * pageSize,
    }
  }
}

function fileOf(executable: Executable): Pick<ProcessRecord, 'path' | 'isDeleted'> {
  switch (executable.kind) {
    case 'known':
      return { path: executable.path, isDeleted: executable.isDeleted }
    case 'none':
      return { path: NO_NAME, isDeleted: false }
    case 'unknown':
      return { path: undefined, isDeleted: undefined }
  }
}

function commandLine(machine: Machine, pid: number): Part<Buffer> | undefined {
  const bytes = readProcRecord(machine, `${pid}/cmdline`)
  if (bytes === undefined) return undefined
  const isWhole = isWholeProc(bytes)
  let length = bytes.length
  while (length > 0 && bytes[length - 1] === 0) length -= 1
  const value = bytes.subarray(0, length)
  for (let zero = value.indexOf(0); zero >= 0; zero = value.indexOf(0, zero + 1))
    value[zero] = SPACE
  return { value, isWhole }
}

function environmentNames(machine: Machine, pid: number): Part<readonly string[]> | undefined {
  const bytes = readProcRecord(machine, `${pid}/environ`)
  if (bytes === undefined) return undefined
  const names: string[] = []
  let from = 0
  while (from < bytes.length && names.length < VARIABLES_LIMIT) {
    const zero = bytes.indexOf(0, from)
    const to = zero < 0 ? bytes.length : zero
    const equals = bytes.subarray(from, to).indexOf('=')
    const name = equals < 0 ? '' : bytes.toString('latin1', from, from + equals)
    if (VARIABLE_FORM.test(name)) names.push(name)
    from = to + 1
  }
  return { value: names, isWhole: from >= bytes.length && isWholeProc(bytes) }
}
