/** Scheduled tasks and startup folders of Windows, from `schtasks` and PowerShell. */
import { z } from 'zod'
import { askPowerShell } from '../../support/powershell.ts'
import { placeAt } from '../host-files.ts'
import type { Source, Start } from '../start.ts'
import { programOfWindows } from './command.ts'

const TRIGGER =
  /<(Calendar|Boot|Logon|Event|Idle|Registration|Time|SessionStateChange)Trigger[\s>]/g
export const STARTUP_SCRIPT =
  "ConvertTo-Json -Compress @(Get-ChildItem -File -Force -ErrorAction SilentlyContinue -Path 'C:\\ProgramData\\Microsoft\\Windows\\Start Menu\\Programs\\StartUp\\*','C:\\Users\\*\\AppData\\Roaming\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\*' | ForEach-Object { $_.FullName })"
const paths = z.array(z.string())

export const tasks: Source = {
  kinds: ['task'],
  async *find(host) {
    const xml = await host.printedBy('schtasks', '/query', '/xml', 'ONE')
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
    const { machine, signal } = host
    const told = await askPowerShell(machine, STARTUP_SCRIPT, { schema: paths, signal })
    if (told.kind === 'failed') host.report('startup folders', told.reason)
    for (const file of told.kind === 'answered' ? told.value : []) {
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
