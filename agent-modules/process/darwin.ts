/** The processes of macOS, as its own `ps` prints them. */
import { nameOf } from '../support/file-name.ts'
import { placeOn, type Machine } from '../support/machine.ts'
import { momentOf, requirePrinted, type ProcessHost, type ProcessRecord } from './host.ts'

/** The last column is the path of the executable, which may hold spaces. */
const LIST = ['ps', '-axwwo', 'pid=,ppid=,uid=,user=,state=,rss=,lstart=,comm=']
const COMMAND_LINES = ['ps', '-axwwo', 'pid=,args=']
const LIST_FORM =
  /^ *(?<pid>\d+) +(?<ppid>\d+) +(?<uid>\d+) +(?<user>\S+) +(?<state>\S+) +(?<rss>\d+) +(?<started>\w{3} +\w{3} +\d+ +[\d:]+ +\d{4}) +(?<path>.+)$/
const ARGS_FORM = /^ *(?<pid>\d+) (?<args>.*)$/

export interface DarwinOptions {
  readonly withCommandLines: boolean
  readonly signal: AbortSignal
}

export function darwinHost(machine: Machine, options: DarwinOptions): ProcessHost {
  let commandLines: ReadonlyMap<number, Buffer> = new Map()
  return {
    cannot: ['deleted', 'env'],
    async list() {
      const { signal } = options
      if (options.withCommandLines)
        commandLines = parseArgs(await requirePrinted(machine, COMMAND_LINES, { signal }))
      const lines = (await requirePrinted(machine, LIST, { signal })).split('\n')
      return lines.map(parseLine).filter((record) => record !== undefined)
    },
    commandLine: (pid) => {
      const value = commandLines.get(pid)
      return value && { value, isWhole: true }
    },
    environmentNames: () => undefined,
    executable: ({ path }) =>
      path?.text.startsWith('/') === true
        ? { path: placeOn(machine, path.text), isLink: false }
        : undefined,
  }
}

function parseLine(line: string): ProcessRecord | undefined {
  const groups = LIST_FORM.exec(line)?.groups
  if (groups === undefined) return undefined
  const { pid, ppid, uid = '', user = '', state = '', rss, started, path = '' } = groups
  return {
    pid: Number(pid),
    ppid: Number(ppid),
    name: nameOf(Buffer.from(path.slice(path.lastIndexOf('/') + 1))),
    path: path.startsWith('/') ? nameOf(Buffer.from(path)) : undefined,
    isDeleted: undefined,
    user: { name: user, id: uid },
    // The host's programs run with TZ=UTC.
    startedMs: momentOf(`${started ?? ''} UTC`),
    // Further letters and signs, as of priority, follow the first.
    state: /^[A-Z]/.exec(state)?.[0],
    threads: undefined,
    residentBytes: Number(rss) * 1024,
  }
}

function parseArgs(printed: string): ReadonlyMap<number, Buffer> {
  return new Map(
    printed.split('\n').flatMap((line) => {
      const groups = ARGS_FORM.exec(line)?.groups
      return groups === undefined
        ? []
        : [[Number(groups['pid']), Buffer.from(groups['args'] ?? '')] as const]
    }),
  )
}
