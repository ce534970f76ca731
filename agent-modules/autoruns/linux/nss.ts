/** Libraries that every program loads which asks for a user, a group or a host: those that /etc/nsswitch.conf names. */
import { placeAt } from '../host-files.ts'
import type { Source } from '../start.ts'
import { libraryFolders } from './libraries.ts'

const CONFIG = placeAt('/etc/nsswitch.conf')

export const nss: Source = {
  kinds: ['nss'],
  async *find(host) {
    const folders = await libraryFolders(host)
    const known = new Set<string>()
    for (const { line, text } of host.lines(CONFIG)) {
      await host.turn()
      const services = /^\s*\w+\s*:([^#]*)/.exec(text)?.[1]?.replaceAll(/\[[^\]]*\]/g, ' ') ?? ''
      for (const [name] of services.matchAll(/[\w-]+/g)) {
        if (known.has(name)) continue
        known.add(name)
        const places = folders.map((folder) => `${folder}/libnss_${name}.so.2`)
        const executable = places.find((place) => host.isFile(place))
        // The C library has some of them in itself.
        if (executable !== undefined)
          yield { kind: 'nss', name, definition: CONFIG, line, executable, enabled: true }
      }
    }
  },
}
