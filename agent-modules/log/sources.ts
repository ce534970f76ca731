/** The logs a host keeps under names that everyone knows: where they lie, and how they are written. */
import { auditFormat } from './formats/audit.ts'
import type { Format } from './formats/format.ts'
import { linesFormat } from './formats/lines.ts'
import { syslogFormat } from './formats/syslog.ts'
import { webFormat } from './formats/web.ts'

export const FORMATS = {
  lines: linesFormat,
  syslog: syslogFormat,
  audit: auditFormat,
  web: webFormat,
} as const satisfies Record<string, Format>
export type FormatName = keyof typeof FORMATS
export const FORMAT_NAMES = ['lines', 'syslog', 'audit', 'web'] as const satisfies FormatName[]

export interface Folder {
  readonly path: string
  /** By a file's name without what rotation added to it. */
  holds(name: string): boolean
}

export interface FileSource {
  readonly format: FormatName
  readonly folders: readonly Folder[]
}

const named =
  (...names: readonly string[]) =>
  (name: string): boolean =>
    names.includes(name)

/** `access.log`, `other_vhosts_access.log`, `ssl_access_log`. */
const isAccessLog = (name: string): boolean => /access.{0,64}log$/.test(name)

/** All but the journal, which is no file. */
export const FILE_SOURCES = {
  syslog: {
    format: 'syslog',
    folders: [
      {
        path: '/var/log',
        holds: named(
          'syslog',
          'messages',
          'kern.log',
          'daemon.log',
          'user.log',
          'cron',
          'cron.log',
        ),
      },
    ],
  },
  auth: { format: 'syslog', folders: [{ path: '/var/log', holds: named('auth.log', 'secure') }] },
  audit: { format: 'audit', folders: [{ path: '/var/log/audit', holds: named('audit.log') }] },
  web: {
    format: 'web',
    folders: ['nginx', 'apache2', 'httpd'].map((name) => ({
      path: `/var/log/${name}`,
      holds: isAccessLog,
    })),
  },
} as const satisfies Record<string, FileSource>

export const SOURCE_NAMES = ['journal', 'syslog', 'auth', 'audit', 'web'] as const
export type SourceName = (typeof SOURCE_NAMES)[number]
