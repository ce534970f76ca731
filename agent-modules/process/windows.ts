/** The processes of Windows, as PowerShell's Win32_Process tells them. */
import { z } from 'zod'
import { nameOf } from '../support/file-name.ts'
import { placeOn, type Machine } from '../support/machine.ts'
import { powerShellArguments } from '../support/powershell.ts'
import { momentOf, requirePrinted, type ProcessHost, type ProcessRecord } from './host.ts'

/** Windows PowerShell writes dates in a form of its own unless told otherwise. */
const SCRIPT = [
  "$s=@{n='Started';e={if($_.CreationDate){$_.CreationDate.ToUniversalTime().ToString('o')}}}",
  'Get-CimInstance Win32_Process|Select-Object ProcessId,ParentProcessId,Name,ExecutablePath,CommandLine,ThreadCount,WorkingSetSize,$s|ConvertTo-Json -Compress',
].join(';')
const LIST = ['powershell', ...powerShellArguments(SCRIPT)]

const text = z.string().nullable()
const printed = z.array(
  z.object({
    ProcessId: z.int(),
    ParentProcessId: z.int(),
    Name: text,
    ExecutablePath: text,
    CommandLine: text,
    ThreadCount: z.int(),
    WorkingSetSize: z.int(),
    Started: text,
  }),
)
type Printed = z.infer<typeof printed>[number]

export function windowsHost(machine: Machine, signal: AbortSignal): ProcessHost {
  const commandLines = new Map<number, Buffer>()
  return {
    cannot: ['user', 'deleted', 'env'],
    async list() {
      const output = await requirePrinted(machine, LIST, { signal })
      if (signal.aborted) return []
      const all = printed.parse(JSON.parse(output.replace(/^\ufeff/, '')))
      for (const { ProcessId, CommandLine } of all)
        if (CommandLine !== null) commandLines.set(ProcessId, Buffer.from(CommandLine))
      return all.map(recordOf)
    },
    commandLine: (pid) => {
      const value = commandLines.get(pid)
      return value && { value, isWhole: true }
    },
    environmentNames: () => undefined,
    executable: ({ path }) =>
      path === undefined ? undefined : { path: placeOn(machine, path.text), isLink: false },
  }
}

function recordOf(one: Printed): ProcessRecord {
  const path = one.ExecutablePath
  return {
    pid: one.ProcessId,
    ppid: one.ParentProcessId,
    name: nameOf(Buffer.from(one.Name ?? '')),
    path: path === null || path === '' ? undefined : nameOf(Buffer.from(path)),
    isDeleted: undefined,
    user: undefined,
    startedMs: one.Started === null ? undefined : momentOf(one.Started),
    state: undefined,
    threads: one.ThreadCount,
    residentBytes: one.WorkingSetSize,
  }
}
