/** What the `logsource` of a Sigma rule means here: which logs to read, and which of their events the rule is about. */
import type { LogEvent } from './event.ts'
import { PROCESS_FIELDS } from './formats/audit.ts'
import type { LogSource } from './sigma/rule.ts'
import { RuleError } from './sigma/rule-error.ts'
import type { SourceName } from './sources.ts'

/** What a rule is about: some programs, what syslog calls authentication, or the start of processes. */
export interface Subject {
  readonly sources: readonly SourceName[]
  /** Absent: all of their events. */
  readonly about?: ((event: LogEvent) => boolean) | undefined
  /** The fields that such rules may name, where they have a vocabulary of their own. */
  readonly fields?: ReadonlySet<string> | undefined
}

/** Services by how their programs' names begin: OpenSSH logs as `sshd` and, since 9.8, as `sshd-session`. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  sshd: ['sshd'],
  sudo: ['sudo'],
  su: ['su'],
  cron: ['cron', 'crond', 'anacron', 'crontab'],
}
/** LOG_AUTH and LOG_AUTHPRIV of syslog(3). */
const AUTH_FACILITIES: ReadonlySet<string> = new Set(['4', '10'])

const OF_SERVICE: Readonly<Record<string, Subject>> = {
  auditd: { sources: ['audit'] },
  syslog: { sources: ['syslog', 'journal'] },
  auth: { sources: ['auth', 'journal'], about: isAuthentication },
  sshd: { sources: ['auth', 'journal'], about: isOf('sshd') },
  sudo: { sources: ['auth', 'journal'], about: isOf('sudo') },
  su: { sources: ['auth', 'journal'], about: isOf('su') },
  cron: { sources: ['syslog', 'journal'], about: isOf('cron') },
}
const OF_CATEGORY: Readonly<Record<string, Subject>> = {
  webserver: { sources: ['web'] },
  process_creation: {
    sources: ['audit'],
    about: (event) => event.values('type').some(({ raw }) => raw === 'EXECVE'),
    fields: PROCESS_FIELDS,
  },
}
const WEB_PRODUCTS: ReadonlySet<string> = new Set(['apache', 'nginx'])

/** Undefined where it says nothing that is known here. */
export function subjectOf({ category, product, service }: LogSource): Subject | undefined {
  if (category !== undefined) {
    const isWeb = category === 'webserver'
    const isHere =
      product === undefined || (isWeb ? WEB_PRODUCTS.has(product) : product === 'linux')
    return isHere && service === undefined ? own(OF_CATEGORY, category) : undefined
  }
  if (product !== undefined && product !== 'linux') return undefined
  if (service !== undefined) return own(OF_SERVICE, service)
  return product === undefined ? undefined : OF_SERVICE['syslog']
}

/** @throws RuleError always */
export function refuseSource({ category, product, service }: LogSource): never {
  const said = Object.entries({ category, product, service })
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key} ${value}`]))
    .join(', ')
  throw new RuleError(
    'logsource',
    `${said === '' ? 'it' : said} says no log that is known here: say where to look by a source or a path`,
  )
}

const own = (map: Readonly<Record<string, Subject>>, key: string): Subject | undefined =>
  Object.hasOwn(map, key) ? map[key] : undefined

/** In files that hold nothing else, all of it; the journal says it of each entry. */
function isAuthentication(event: LogEvent): boolean {
  if (event.values('_transport').length === 0) return true
  return event.values('syslog_facility').some(({ raw }) => AUTH_FACILITIES.has(raw))
}

/** True also of events that do not say their program, as lines of a file of which only the lines are known. */
function isOf(service: string): (event: LogEvent) => boolean {
  const names = PROGRAMS[service] ?? []
  return (event) => {
    const [program] = event.values('program')
    if (program === undefined) return true
    return names.some((name) => program.folded === name || program.folded.startsWith(`${name}-`))
  }
}
