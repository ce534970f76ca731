/** What every Python starts with: `sitecustomize` and `usercustomize`, and lines of `.pth` files that are code (docs.python.org/3/library/site.html). */
import type { HostChild, HostFiles } from '../host-files.ts'
import type { Source, Start } from '../start.ts'
import { filesLike } from './files-like.ts'

const LIBRARIES = ['/usr/lib', '/usr/lib64', '/usr/local/lib', '/usr/local/lib64'].map(
  (parent) => `${parent}/python*`,
)
const SITES = LIBRARIES.flatMap((library) => [
  `${library}/dist-packages`,
  `${library}/site-packages`,
])
const NAMES = ['*.pth', 'sitecustomize.py', 'usercustomize.py']
const IMPORT = /^\uFEFF?import[ \t]/

const filesIn = (folders: readonly string[]): readonly string[] =>
  folders.flatMap((folder) => NAMES.map((name) => `${folder}/${name}`))

export const python: Source = {
  kinds: ['python'],
  async *find(host) {
    for await (const child of filesLike(host, filesIn([...LIBRARIES, ...SITES])))
      yield startOf(host, child)
    return async function* (files, { user, folder }) {
      const names = filesIn([`${folder}/.local/lib/python*/site-packages`])
      for await (const child of filesLike(files, names)) yield { ...startOf(files, child), user }
    }
  },
}

/** A `.pth` file without code only says where to look for more. */
function startOf(host: HostFiles, { name, place }: HostChild): Start {
  const enabled = !name.endsWith('.pth') || hasImport(host, place)
  return { kind: 'python', name, definition: place, enabled }
}

function hasImport(host: HostFiles, file: HostChild['place']): boolean {
  for (const { text } of host.lines(file)) if (IMPORT.test(text)) return true
  return false
}
