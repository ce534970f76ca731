/** The operating system's own name for itself, read from its files: no program is started. */
import { release, version } from 'node:os'
import { firstFact } from './facts-file.ts'

/** MIG's record takes no longer text. */
const IDENT_LIMIT = 256

/** `Debian GNU/Linux 12 (bookworm)`; `unknown` when no file tells. `root` is for tests. */
export async function readIdent(platform: NodeJS.Platform, root = ''): Promise<string> {
  const ident = await identOf(platform, root)
  return (ident ?? 'unknown').slice(0, IDENT_LIMIT)
}

async function identOf(platform: NodeJS.Platform, root: string): Promise<string | undefined> {
  if (platform === 'win32') return `${version()} ${release()}`
  if (platform === 'darwin') {
    return firstFact([[`${root}/System/Library/CoreServices/SystemVersion.plist`, fromPlist]])
  }
  return firstFact([
    [`${root}/etc/os-release`, (text) => assigned(text, 'PRETTY_NAME')],
    [`${root}/usr/lib/os-release`, (text) => assigned(text, 'PRETTY_NAME')],
    [`${root}/etc/lsb-release`, (text) => assigned(text, 'DISTRIB_DESCRIPTION')],
    [`${root}/etc/redhat-release`, firstLine],
    [`${root}/etc/issue`, (text) => firstLine(text)?.replace(/\\./g, '').trim()],
  ])
}

/** The value of `KEY=value` in shell-compatible quoting (os-release(5)). */
function assigned(text: string, key: string): string | undefined {
  const line = text.split('\n').findLast((candidate) => candidate.startsWith(`${key}=`))
  if (line === undefined) return undefined
  const value = line.slice(key.length + 1).trim()
  const quoted = /^(["'])(.*)\1$/.exec(value)?.[2]
  return (quoted ?? value).replace(/\\([\\"$`])/g, '$1')
}

const firstLine = (text: string): string | undefined =>
  text
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '')

/** `macOS 14.5 23F79`, as MIG wrote it from system_profiler. */
function fromPlist(text: string): string | undefined {
  const keys = ['ProductName', 'ProductVersion', 'ProductBuildVersion']
  const values = keys.flatMap((key) => {
    const value = new RegExp(`<key>${key}</key>\\s*<string>([^<]*)</string>`).exec(text)?.[1]
    return value === undefined ? [] : [value]
  })
  return values.length === 0 ? undefined : values.join(' ')
}
