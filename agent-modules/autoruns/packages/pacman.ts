/** Files of Arch packages, from pacman's own database. */
import { gunzipSync } from 'node:zlib'
import type { HostFiles } from '../host-files.ts'
import type { Owned, PackageManager, RecordedDigest } from './package-manager.ts'

const DATABASE = '/var/lib/pacman/local'
const LIST_LIMIT = 32 * 1024 * 1024
const MTREE_FORM = /^\.(\/\S+) .*\bsha256digest=([0-9a-f]{64})/gm

/** A directory a package: `desc`, `files` and a packed `mtree` with hashes. */
export const pacman: PackageManager = {
  name: 'pacman',
  marks: [DATABASE],
  async owners(host, wanted) {
    const owners = new Map<string, Owned>()
    for await (const { name, kind } of host.children(DATABASE)) {
      if (kind !== 'directory') continue
      const files = filesOf(host, name).filter((file) => wanted.has(file))
      if (files.length === 0) continue
      const digests = await digestsOf(host, name)
      for (const file of files)
        owners.set(wanted.get(file) ?? file, {
          // NAME-VERSION-RELEASE
          package: name.replace(/-[^-]+-[^-]+$/, ''),
          digest: digests.get(file),
        })
    }
    return owners
  },
}

/** What follows `%FILES%`, up to an empty line; directories end in `/`. */
function filesOf(host: HostFiles, name: string): readonly string[] {
  const text = host.text(`${DATABASE}/${name}/files`, LIST_LIMIT) ?? ''
  const list = /^%FILES%\n([^]*?)(?:\n\n|$(?![^]))/m.exec(text)?.[1] ?? ''
  return list.split('\n').map((file) => `/${file}`)
}

async function digestsOf(
  host: HostFiles,
  name: string,
): Promise<ReadonlyMap<string, RecordedDigest>> {
  const packed: Buffer[] = []
  const located = host.locate(`${DATABASE}/${name}/mtree`)
  if (located !== undefined) await host.feed(located, (bytes) => packed.push(Buffer.from(bytes)))
  try {
    const text = gunzipSync(Buffer.concat(packed), { maxOutputLength: LIST_LIMIT }).toString()
    return new Map(
      [...text.matchAll(MTREE_FORM)].map(([, file = '', hex = '']) => [
        file.replaceAll(/\\([0-7]{3})/g, (_, code: string) =>
          String.fromCharCode(parseInt(code, 8)),
        ),
        { algorithm: 'sha256', hex },
      ]),
    )
  } catch {
    host.report(`${DATABASE}/${name}/mtree`, 'cannot be unpacked')
    return new Map()
  }
}
