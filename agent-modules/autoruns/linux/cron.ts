/** What cron, anacron and at start. Environments and arguments in their files may be secrets: only programs, schedules and users are told. */
import { programsOfShell } from '../command.ts'
import { placeAt, type HostChild, type HostFiles } from '../host-files.ts'
import { startsOf, type Source, type Start } from '../start.ts'
import { preloadsIn } from './preload.ts'
import { RUN_PARTS_NAMES, scriptStarts } from './scripts.ts'

const SPOOLS = [
  '/var/spool/cron/crontabs',
  '/var/spool/cron/tabs',
  '/var/spool/cron',
  '/etc/crontabs',
]
const PERIODS = ['hourly', 'daily', 'weekly', 'monthly', 'yearly']
/** What cron takes for a schedule: five fields, or a word. */
const SCHEDULE =
  /\s*(?<schedule>@[a-z]{2,20}|(?:[0-9*][0-9*/,~-]{0,200}\s+){3}[0-9A-Za-z*/,~-]{1,200}\s+[0-9A-Za-z*/,~-]{1,200})\s+/
const USER_LINE = new RegExp(`^${SCHEDULE.source}(?<command>\\S.*)$`)
const SYSTEM_LINE = new RegExp(`^${SCHEDULE.source}(?<user>\\S+)\\s+(?<command>\\S.*)$`)
const ASSIGNMENT = /^\s*(?<name>["']?[A-Za-z_][A-Za-z0-9_]*["']?)\s*=\s*(?<value>.*)$/
/** Editors' and packages' leftovers, which cron of Red Hat does not read. */
const LEFTOVER_NAMES = /^\.|~$|\.(?:rpm(?:save|orig|new)|cfsaved)$/

interface Crontab {
  readonly name: string
  readonly file: HostChild['place']
  /** Whose it is; absent where each line names its user. */
  readonly user?: string
  readonly enabled: boolean
}

export const cron: Source = {
  kinds: ['cron', 'preload'],
  async *find(host) {
    yield* crontabStarts(host, { name: 'crontab', file: placeAt('/etc/crontab'), enabled: true })
    const isDebian = host.locate('/etc/debian_version') !== undefined
    for await (const { name, kind, place } of host.children('/etc/cron.d')) {
      const enabled = isDebian ? RUN_PARTS_NAMES.test(name) : !LEFTOVER_NAMES.test(name)
      if (kind !== 'directory') yield* crontabStarts(host, { name, file: place, enabled })
    }
    for (const spool of SPOOLS)
      for await (const { name, kind, place } of host.children(spool))
        if (kind === 'file')
          yield* crontabStarts(host, { name, file: place, user: name, enabled: true })
    for (const period of PERIODS)
      yield* scriptStarts(host, {
        kind: 'cron',
        files: [`/etc/cron.${period}/*`],
        schedule: `@${period}`,
        ...(isDebian ? { names: RUN_PARTS_NAMES } : {}),
      })
    yield* anacronStarts(host)
  },
}

async function* crontabStarts(host: HostFiles, crontab: Crontab): AsyncGenerator<Start> {
  let folders: readonly string[] | undefined
  for (const { line, text } of host.lines(crontab.file)) {
    await host.turn()
    const assigned = ASSIGNMENT.exec(text)?.groups
    if (assigned?.['name'] === 'PATH') folders = unquoted(assigned['value'] ?? '').split(':')
    for (const library of preloadsIn(text))
      yield { ...startOf(crontab, line), kind: 'preload', executable: library }
    if (assigned === undefined) yield* lineStarts(host, { crontab, line, text, folders })
  }
}

interface CronLine {
  readonly crontab: Crontab
  readonly line: number
  readonly text: string
  readonly folders: readonly string[] | undefined
}

function* lineStarts(
  host: HostFiles,
  { crontab, line, text, folders }: CronLine,
): Generator<Start> {
  const form = crontab.user === undefined ? SYSTEM_LINE : USER_LINE
  const { schedule, user = crontab.user, command } = form.exec(text)?.groups ?? {}
  if (schedule === undefined || command === undefined) return
  // What follows a bare % is given to the command to read.
  const [shellLine = ''] = command.split(/(?<!\\)%/)
  const start = { ...startOf(crontab, line), schedule: schedule.replaceAll(/\s+/g, ' '), user }
  yield* startsOf(start, programsOfShell(shellLine, { host, folders }))
}

const startOf = ({ name, file, user, enabled }: Crontab, line: number): Start => ({
  kind: 'cron',
  name,
  definition: file,
  line,
  enabled,
  user,
})

const unquoted = (text: string): string => text.trim().replaceAll(/^["']|["']$/g, '')

/** Lines `PERIOD DELAY NAME COMMAND`. */
function* anacronStarts(host: HostFiles): Generator<Start> {
  const file = placeAt('/etc/anacrontab')
  for (const { line, text } of host.lines(file)) {
    const [, period, name, command] =
      /^\s*(@[a-z]{2,20}|[0-9]{1,5})\s+[0-9]{1,5}\s+(\S+)\s+(\S.*)$/.exec(text) ?? []
    if (period === undefined || name === undefined) continue
    const start: Start = {
      kind: 'cron',
      name,
      definition: file,
      line,
      schedule: period.startsWith('@') ? period : `${period}d`,
      enabled: true,
      user: 'root',
    }
    yield* startsOf(start, programsOfShell(command ?? '', { host }))
  }
}

const AT_SPOOLS = ['/var/spool/cron/atjobs', '/var/spool/at', '/var/spool/atjobs']
/** Queue, number of the job, and minutes since the epoch; `=` is running now. */
const AT_NAME = /^[a-zA-Z=][0-9a-f]{5}([0-9a-f]{8})$/

/** A job is a script with its user's environment in it: only when it runs is told. */
export const at: Source = {
  kinds: ['at'],
  async *find(host) {
    for (const spool of AT_SPOOLS)
      for await (const { name, kind, place } of host.children(spool)) {
        const minutes = parseInt(AT_NAME.exec(name)?.[1] ?? '', 16)
        if (kind !== 'file' || Number.isNaN(minutes)) continue
        const schedule = new Date(minutes * 60_000).toISOString()
        yield { kind: 'at', name, definition: place, schedule, enabled: true }
      }
  },
}
