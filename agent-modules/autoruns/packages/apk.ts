/** Files of Alpine packages, from apk's own database. */
import { APK_DATABASES } from '../../support/packages/apk.ts'
import type { Owned, PackageManager, RecordedDigest } from './package-manager.ts'

const DATABASE_LIMIT = 128 * 1024 * 1024

/** Lines `P:package`, `F:directory`, `R:file`, and `Z:` with the last file's hash. */
export const apk: PackageManager = {
  name: 'apk',
  marks: APK_DATABASES,
  owners(host, wanted) {
    const owners = new Map<string, Owned>()
    const database = APK_DATABASES.find((place) => host.locate(place) !== undefined)
    let [name, directory, real] = ['', '', '']
    for (const line of (host.text(database ?? '', DATABASE_LIMIT) ?? '').split('\n')) {
      const value = line.slice(2)
      if (line.startsWith('P:')) name = value
      else if (line.startsWith('F:')) directory = value
      else if (line.startsWith('R:')) {
        real = wanted.get(`/${directory}/${value}`.replace('//', '/')) ?? ''
        if (real !== '') owners.set(real, { package: name })
      } else if (line.startsWith('Z:') && owners.has(real))
        owners.set(real, { package: name, digest: digestOf(value) })
    }
    return Promise.resolve(owners)
  },
}

const ALGORITHMS: Readonly<Record<string, string>> = { Q1: 'sha1', Q2: 'sha256' }

/** Base64 after the algorithm. */
function digestOf(text: string): RecordedDigest | undefined {
  const algorithm = ALGORITHMS[text.slice(0, 2)]
  if (algorithm === undefined) return undefined
  return { algorithm, hex: Buffer.from(text.slice(2), 'base64').toString('hex') }
}
