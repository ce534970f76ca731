/** Files of `[section]`s with `key=value` lines: systemd's units, desktop entries, D-Bus services, and others. */

export interface Setting {
  readonly section: string
  readonly key: string
  readonly value: string
  /** Where it begins, from 1. */
  readonly line: number
}

/** Settings in order. A line that ends in a backslash goes on in the next, past comments, as systemd reads it. */
export function parseIni(text: string): readonly Setting[] {
  const settings: Setting[] = []
  let section = ''
  for (const { text: line, number } of joinedLines(text)) {
    const header = /^\[([^\]]*)\]$/.exec(line)?.[1]
    const equals = line.indexOf('=')
    if (header !== undefined) section = header
    else if (equals > 0)
      settings.push({
        section,
        key: line.slice(0, equals).trimEnd(),
        value: line.slice(equals + 1).trim(),
        line: number,
      })
  }
  return settings
}

/** The last value of a key. */
export const valueOf = (
  settings: readonly Setting[],
  section: string,
  key: string,
): string | undefined =>
  settings.findLast((each) => each.section === section && each.key === key)?.value

interface Line {
  readonly text: string
  readonly number: number
}

function* joinedLines(text: string): Generator<Line> {
  let parts: string[] = []
  let from = 1
  for (const [index, source] of text.split('\n').entries()) {
    const line = source.trim()
    if (/^[#;]/.test(line)) continue
    if (parts.length === 0) from = index + 1
    const isContinued = line.endsWith('\\')
    parts.push(isContinued ? line.slice(0, -1) : line)
    if (isContinued) continue
    yield { text: parts.join(' ').trim(), number: from }
    parts = []
  }
  if (parts.length > 0) yield { text: parts.join(' ').trim(), number: from }
}
