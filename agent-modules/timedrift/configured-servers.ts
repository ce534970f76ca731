/** The time servers that a host's own configuration names, whatever keeps its time. */
import type { Machine } from '../support/machine.ts'
import { filesIn, readConfiguration, type Configured } from './configuration.ts'
import { parseServer, type Server } from './server.ts'
import { timesyncdServers } from './timesyncd.ts'

/** chrony, ntpd, ntpsec and openntpd; ntp.conf is macOS's too. */
const FILES = [
  '/etc/chrony.conf',
  '/etc/chrony/chrony.conf',
  '/etc/ntp.conf',
  '/etc/ntpsec/ntp.conf',
  '/etc/ntpd.conf',
  '/etc/openntpd/ntpd.conf',
]
const FOLDERS = [
  '/etc/chrony.d',
  '/etc/chrony/conf.d',
  '/etc/chrony/sources.d',
  '/run/chrony-dhcp',
  '/etc/ntpsec/ntp.d',
]
/** ntpd's names for clocks that are part of the host. */
const OWN_CLOCK = /^127\.127\./

/** In the order in which they stand; each once. */
export async function configuredServers(
  host: Configured,
  signal: AbortSignal,
): Promise<readonly Server[]> {
  const names =
    host.machine.platform === 'win32'
      ? await windowsSource(host.machine, signal)
      : namesInFiles(host)
  return [...new Set(names)]
    .filter((name) => !OWN_CLOCK.test(name))
    .flatMap((name) => parseServer(name) ?? [])
}

function namesInFiles(host: Configured): readonly string[] {
  const folders = FOLDERS.flatMap((folder) => filesIn(host, folder))
  return [
    ...[...FILES, ...folders].flatMap((file) => serversIn(readConfiguration(host, file))),
    ...timesyncdServers(host),
  ]
}

/** `pool -4 HOST iburst`: all four daemons write it so. */
const serversIn = (text: string): readonly string[] =>
  text
    .split('\n')
    .flatMap((line) => /^\s*(?:servers?|pool|peer)\s+(?:-[46]\s+)?(\S+)/.exec(line)?.[1] ?? [])

/** `time.windows.com,0x9`, or that it has only its own clock. */
async function windowsSource(machine: Machine, signal: AbortSignal): Promise<readonly string[]> {
  const outcome = await machine.run('w32tm', ['/query', '/source'], { signal, timeoutMs: 10_000 })
  if (outcome.kind !== 'ended' || outcome.code !== 0) return []
  const [source = ''] = outcome.stdout.toString().trim().split(',')
  return /\s/.test(source) ? [] : [source]
}
