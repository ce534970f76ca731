/** Scheduled tasks and startup folders of Windows, from `schtasks` and PowerShell. */
import { placeAt } from '../host-files.ts'
import type { Source, Start } from '../start.ts'
import { programOfWindows } from './command.ts'

const TRIGGER =
  /<(Calendar|Boot|Logon|Event|Idle|Registration|Time|SessionStateChange)Trigger[\s>]/g
const STARTUP_SCRIPT =
  "@(Get-ChildItem -File -Force -ErrorAction SilentlyContinue -Path 'C:\\ProgramData\\Microsoft\\Windows\\Start Menu\\Programs\\StartUp\\*','C:\\Users\\*\\AppData\\Roaming\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\*' | ForEach-Object { $_.FullName }) | ConvertTo-Json"

export const tasks: Source = {
  kinds: ['task'],
  async *find(host) {
    const outcome = await host.run('schtasks', ['/query', '/xml', 'ONE'])
    if (outcome.kind !== 'ended') {
      host.report('schtasks', outcome.kind === 'missing' ? 'cannot be started' : outcome.reason)
      return
    }
    const xml = outcome.stdout.toString()
    for (const [, name = '', task = ''] of xml.matchAll(
      /<!--\s*(\\[^]*?)\s*-->\s*(<Task[\s>][^]*?<\/Task>)/g,
    ))
      yield* taskStarts(name, task)
  },
}

function* taskStarts(name: string, task: string): Generator<Start> {
  const triggers = [...task.matchAll(TRIGGER)].map(([, kind = '']) => kind)
  const settings = /<Settings>([^]*?)<\/Settings>/.exec(task)?.[1] ?? ''
  const start: Start = {
    kind: 'task',
    name,
    definition: placeAt(`C:\\Windows\\System32\\Tasks${name}`),
    schedule: triggers.length === 0 ? undefined : [...new Set(triggers)].join('; '),
    enabled: !/<Enabled>\s*false\s*<\/Enabled>/.test(settings),
    user: /<UserId>([^<]*)<\/UserId>/.exec(task)?.[1],
  }
  const commands = [...task.matchAll(/<Command>([^<]*)<\/Command>/g)]
  if (commands.length === 0) yield start
  for (const [, command = ''] of commands)
    yield {
      ...start,
      executable: programOfWindows(command.replaceAll('&quot;', '"').replaceAll('&amp;', '&')),
    }
}

export const startupFolders: Source = {
  kinds: ['startup-folder'],
  async *find(host) {
    const outcome = await host.run('powershell', ['-NoProfile', '-Command', STARTUP_SCRIPT])
    if (outcome.kind !== 'ended') {
      host.report('powershell', outcome.kind === 'missing' ? 'cannot be started' : outcome.reason)
      return
    }
    for (const file of pathsIn(outcome.stdout.toString())) {
      const name = file.slice(file.lastIndexOf('\\') + 1)
      yield {
        kind: 'startup-folder',
        name,
        definition: placeAt(file),
        enabled: name !== 'desktop.ini',
      }
    }
  },
}

/** A list in JSON, or one text where there is one only; nothing where there is none. */
function pathsIn(json: string): readonly string[] {
  const value: unknown = json.trim() === '' ? [] : JSON.parse(json)
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.filter((each) => typeof each === 'string')
}
