/** Where libraries lie, on any architecture. */
import type { HostFiles } from '../host-files.ts'

const PARENTS = ['/lib', '/usr/lib', '/lib64', '/usr/lib64', '/usr/local/lib']

/** `/usr/lib64`, and by architecture `/usr/lib/x86_64-linux-gnu`, each with what is told below it, where that is there. */
export async function libraryFolders(host: HostFiles, below = ''): Promise<readonly string[]> {
  const folders = [...PARENTS]
  for await (const { name, place } of host.children('/usr/lib'))
    if (name.includes('-linux-')) folders.push(place.path)
  return folders
    .map((folder) => `${folder}${below}`)
    .filter((folder) => host.locate(folder) !== undefined)
}
