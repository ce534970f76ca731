/** The program of a Windows command line, and nothing else of it. */

const SYSTEM_ROOT = 'C:\\Windows'
const QUOTED = /^\s*"([^"]+)"/
const PROGRAM = /^\s*(\S.*?\.(?:exe|dll|sys|com|bat|cmd|ps1|vbs|js|scr|msc|lnk))(?=$|[\s,"])/i

/** As a path with its variables that every host has filled in; undefined where none can be told. */
export function programOfWindows(line: string): string | undefined {
  const program = QUOTED.exec(line)?.[1] ?? PROGRAM.exec(line)?.[1]
  if (program === undefined) return undefined
  const full = program
    .replace(/^\\\?\?\\/, '')
    .replace(/^%(?:SystemRoot|windir)%/i, SYSTEM_ROOT)
    .replace(/^\\SystemRoot/i, SYSTEM_ROOT)
    .replace(/^System32\\/i, `${SYSTEM_ROOT}\\System32\\`)
  return /^(?:[A-Za-z]:\\|\\\\|%[A-Za-z()0-9]+%\\)/.test(full) ? full : undefined
}
