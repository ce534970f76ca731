/** Files of Debian packages: lists, diversions, and the MD5 that dpkg keeps. */
import type { HostFiles } from '../host-files.ts'
import type { Owned, PackageManager, RecordedDigest, Wanted } from './package-manager.ts'

const INFO = '/var/lib/dpkg/info'
/** Some files a package, of every package that Debian has. */
const INFO_LIMIT = 500_000
/** The longest list in Debian is of some 10 MB. */
const LIST_LIMIT = 32 * 1024 * 1024
const STATUS_LIMIT = 128 * 1024 * 1024

/** Where a package begins, or one of its files of configuration. */
const STATUS_LINE = /^(?:Package: (\S+)| (\/.*) ([0-9a-f]{32})(?: obsolete)?)$/gm

/** A file as a package's list names it, on its way to where it lies. */
interface Claim {
  readonly package: string
  /** `libc6:amd64`: how dpkg names its own files about the package. */
  readonly fileName: string
  readonly listed: string
  readonly real: string
}

export const dpkg: PackageManager = {
  name: 'dpkg',
  marks: [INFO],
  async owners(host, wanted) {
    const claims = await readClaims(host, new Diversions(host, wanted))
    const digests = recordedDigests(host, claims)
    return new Map<string, Owned>(
      claims.map((claim) => [
        claim.real,
        { package: claim.package, digest: digests.get(keyOf(claim)) },
      ]),
    )
  },
}

async function readClaims(host: HostFiles, diversions: Diversions): Promise<readonly Claim[]> {
  const claims: Claim[] = []
  for await (const { name, place } of host.children(INFO, INFO_LIMIT)) {
    if (!name.endsWith('.list')) continue
    const fileName = name.slice(0, -'.list'.length)
    const packageName = fileName.replace(/:.*/, '')
    for (const listed of (host.text(place, LIST_LIMIT) ?? '').split('\n')) {
      const real = diversions.find(listed, packageName)
      if (real !== undefined) claims.push({ package: packageName, fileName, listed, real })
    }
  }
  return claims
}

/** Files that one package moves out of the way of its own: lists go on naming them as before. */
class Diversions {
  readonly #wanted: Wanted
  /** By the path that is diverted. */
  readonly #moved = new Map<string, { readonly to: string; readonly by: string }>()

  constructor(host: HostFiles, wanted: Wanted) {
    this.#wanted = wanted
    const lines = (host.text('/var/lib/dpkg/diversions', LIST_LIMIT) ?? '').split('\n')
    for (let index = 0; index + 2 < lines.length; index += 3) {
      const [from = '', to = '', by = ''] = lines.slice(index, index + 3)
      this.#moved.set(from, { to, by })
    }
  }

  /** The wanted file that a package means by a line of its list. */
  find(listed: string, packageName: string): string | undefined {
    const moved = this.#moved.get(listed)
    return this.#wanted.get(moved === undefined || moved.by === packageName ? listed : moved.to)
  }
}

/** Files of configuration stand in the status, all others in a file of the package. Two packages may list a path that one of them diverts. */
function recordedDigests(
  host: HostFiles,
  claims: readonly Claim[],
): ReadonlyMap<string, RecordedDigest> {
  const wanted = new Set(claims.map(keyOf))
  const digests = new Map<string, RecordedDigest>()
  const record = (claim: Pick<Claim, 'package' | 'listed'>, hex: string): void => {
    const key = keyOf(claim)
    if (wanted.has(key)) digests.set(key, { algorithm: 'md5', hex })
  }
  for (const [fileName, name] of new Map(claims.map((each) => [each.fileName, each.package]))) {
    const sums = host.text(`${INFO}/${fileName}.md5sums`, LIST_LIMIT) ?? ''
    for (const line of sums.split('\n'))
      record({ package: name, listed: `/${line.slice(34)}` }, line.slice(0, 32))
  }
  let name = ''
  const status = host.text('/var/lib/dpkg/status', STATUS_LIMIT) ?? ''
  for (const [, opened, file, hex = ''] of status.matchAll(STATUS_LINE)) {
    if (opened !== undefined) name = opened
    if (file !== undefined) record({ package: name, listed: file }, hex)
  }
  return digests
}

const keyOf = (claim: Pick<Claim, 'package' | 'listed'>): string =>
  `${claim.package} ${claim.listed}`
