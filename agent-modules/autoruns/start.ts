/** One thing that starts by itself, as the place that defines it says. Not yet looked up: whose its files are, and what package brought them (complete.ts). */
import type { Place } from '../support/directory.ts'
import type { Home } from './homes.ts'
import type { HostFiles } from './host-files.ts'

/** What makes it start. */
export const KINDS = [
  'service',
  'timer',
  'socket',
  'path',
  'generator',
  'cron',
  'at',
  'init',
  'profile',
  'autostart',
  'kernel-module',
  'preload',
  'udev',
  'pam',
  'ssh',
  'motd',
  'package-hook',
  'boot-hook',
  'network-hook',
  'power-hook',
  'dbus',
  'binfmt',
  'python',
  'nss',
  'plugin',
  'library-path',
  'polkit',
  'log-hook',
  'mail-hook',
  'kernel-helper',
  'boot-loader',
  'launchd',
  'login-item',
  'run-key',
  'task',
  'startup-folder',
] as const
export type Kind = (typeof KINDS)[number]

export interface Start {
  readonly kind: Kind
  readonly name: string
  /** The file, or registry key, that says so. */
  readonly definition: Place
  /** Where the definition holds several. */
  readonly line?: number | undefined
  /** The path of what it starts, as the machine names it; absent where the definition itself is what runs, or does not tell. */
  readonly executable?: string | undefined
  readonly schedule?: string | undefined
  /** What the program that starts it calls its state: `static`, `loaded`. */
  readonly state?: string | undefined
  /** Whether it starts without anybody's doing; absent where that depends on other things. */
  readonly enabled?: boolean | undefined
  /** Whose rights it has; absent: of whoever sets it off. */
  readonly user?: string | undefined
}

/** One for each program; one without where none is told. */
export const startsOf = (start: Start, programs: readonly string[]): readonly Start[] =>
  programs.length === 0 ? [start] : programs.map((executable) => ({ ...start, executable }))

/** Looks for what one user has set up. */
export type InHome = (host: HostFiles, home: Home) => AsyncIterable<Start>

/** One way of starting: where a machine says so. */
export interface Source {
  readonly kinds: readonly Kind[]
  /** Yields what the machine as a whole starts, and returns how to look in a home where users have their own. */
  find(host: HostFiles): AsyncGenerator<Start, InHome> | AsyncGenerator<Start, void>
}
