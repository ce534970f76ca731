/** Commands that logrotate starts before and after it turns a log over, as root and every day. */
import { programsOfShell } from '../command.ts'
import type { HostChild, HostFiles } from '../host-files.ts'
import { startsOf, type Source, type Start } from '../start.ts'
import { filesLike } from './files-like.ts'

const FILES = ['/etc/logrotate.conf', '/etc/logrotate.d/*', '/usr/etc/logrotate.d/*']
const BEGIN = /^\s*(prerotate|postrotate|firstaction|lastaction|preremove)\b/
const END = /^\s*endscript\b/
/** Paths, and programs that they are given to: `compresscmd /bin/xz`. */
const COMMAND = /^\s*((?:un)?compresscmd)\s*[=\s]\s*(\S+)/

interface Script {
  readonly name: string
  readonly line: number
  readonly text: string
}

export const logrotate: Source = {
  kinds: ['log-hook'],
  async *find(host) {
    for await (const child of filesLike(host, FILES))
      for (const script of scriptsOf(host, child)) {
        await host.turn()
        yield* scriptStarts(host, child, script)
      }
  },
}

/** Each script with the line that it begins after; one that does not end goes to the end of its file. */
function* scriptsOf(host: HostFiles, { place }: HostChild): Generator<Script> {
  let script: { name: string; line: number; lines: string[] } | undefined
  for (const { line, text } of host.lines(place)) {
    const begin = BEGIN.exec(text)?.[1]
    const [, name = '', command] = COMMAND.exec(text) ?? []
    if (script !== undefined && !END.test(text)) script.lines.push(text)
    else if (script !== undefined) {
      yield { ...script, text: script.lines.join('\n') }
      script = undefined
    } else if (begin !== undefined) script = { name: begin, line, lines: [] }
    else if (command !== undefined) yield { name, line, text: command }
  }
  if (script !== undefined) yield { ...script, text: script.lines.join('\n') }
}

function* scriptStarts(
  host: HostFiles,
  { place }: HostChild,
  { name, line, text }: Script,
): Generator<Start> {
  const start: Start = {
    kind: 'log-hook',
    name,
    definition: place,
    line,
    enabled: true,
    user: 'root',
  }
  yield* startsOf(start, programsOfShell(text, { host }))
}
