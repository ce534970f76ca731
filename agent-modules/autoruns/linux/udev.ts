/** Programs that udev starts when devices come and go. */
import { programsOfWords } from '../command.ts'
import type { HostChild, HostFiles } from '../host-files.ts'
import { startsOf, type Source, type Start } from '../start.ts'

/** Those before hide files of the same name in others. */
export const RULE_FOLDERS = ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'].map(
  (parent) => `${parent}/udev/rules.d`,
)
const HELPER_FOLDERS = ['/usr/lib/udev', '/lib/udev']
const COMMAND =
  /\b(?:(?:RUN|IMPORT)(?:\{program\})?|PROGRAM)\s*[-+:=!]?=\s*[ei]?"((?:[^"\\]|\\.)*)"/g

export const udev: Source = {
  kinds: ['udev'],
  async *find(host) {
    const known = new Set<string>()
    for (const folder of RULE_FOLDERS)
      for await (const child of host.children(folder)) {
        if (!child.name.endsWith('.rules') || known.has(child.name)) continue
        known.add(child.name)
        yield* ruleStarts(host, child)
      }
  },
}

async function* ruleStarts(host: HostFiles, { name, place }: HostChild): AsyncGenerator<Start> {
  for (const { line, text } of host.lines(place)) {
    await host.turn()
    if (/^\s*#/.test(text)) continue
    for (const [, command = ''] of text.matchAll(COMMAND))
      yield* startsOf(
        { kind: 'udev', name, definition: place, line, enabled: true, user: 'root' },
        programsOfWords(command, { host, folders: HELPER_FOLDERS }),
      )
  }
}
