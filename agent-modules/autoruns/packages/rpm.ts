/** Files of RPM packages, as the host's own `rpm` tells them. */
import type { HostFiles } from '../host-files.ts'
import type { Owned, PackageManager, Wanted } from './package-manager.ts'

/** Words a call: far below what a command line may hold. */
const BATCH_SIZE = 500
/** RFC 4880's numbers of hash algorithms, as rpm uses them; old packages name none and mean MD5. */
const ALGORITHMS: Readonly<Record<string, string>> = {
  '1': 'md5',
  '2': 'sha1',
  '8': 'sha256',
  '9': 'sha384',
  '10': 'sha512',
  '(none)': 'md5',
}
const FILES_FORMAT = '[%{=NAME}\\t%{=FILEDIGESTALGO}\\t%{FILEDIGESTS}\\t%{FILENAMES}\\n]'

/** One call asks who owns any of the files, without telling which; another for all files of those packages. */
export const rpm: PackageManager = {
  name: 'rpm',
  marks: ['/usr/bin/rpm'],
  async owners(host, wanted) {
    const names = await answers(host, ['-qf', '--qf', '%{NAME}\\n'], [...wanted.keys()])
    if (names === undefined) return undefined
    // What nobody owns is answered with a sentence.
    const packages = new Set(names.filter((name) => /^[^\s]+$/.test(name)))
    const files = await answers(host, ['-q', '--qf', FILES_FORMAT], [...packages])
    return files && readFiles(files, wanted)
  },
}

function readFiles(lines: readonly string[], wanted: Wanted): ReadonlyMap<string, Owned> {
  const owners = new Map<string, Owned>()
  for (const line of lines) {
    const [name = '', number = '', hex = '', ...rest] = line.split('\t')
    const real = wanted.get(rest.join('\t'))
    const algorithm = ALGORITHMS[number]
    if (real === undefined) continue
    const isKnown = algorithm !== undefined && /^[0-9a-f]{32,}$/.test(hex)
    owners.set(real, { package: name, digest: isKnown ? { algorithm, hex } : undefined })
  }
  return owners
}

/** Lines printed for all these words; undefined when some were not answered. */
async function answers(
  host: HostFiles,
  options: readonly string[],
  words: readonly string[],
): Promise<readonly string[] | undefined> {
  const lines: string[] = []
  for (let from = 0; from < words.length; from += BATCH_SIZE) {
    const outcome = await host.run('rpm', [
      ...options,
      '--',
      ...words.slice(from, from + BATCH_SIZE),
    ])
    if (outcome.kind !== 'ended') {
      host.report('rpm', outcome.kind === 'missing' ? 'cannot be started' : outcome.reason)
      return undefined
    }
    lines.push(...outcome.stdout.toString().split('\n'))
  }
  return lines
}
