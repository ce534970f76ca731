// Starts one of the three programs: says clearly what is wrong with an old Node, then imports the program, from its
// TypeScript in a checkout, from dist/ in the package. Plain JavaScript that old Nodes can read.
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const NEEDED = 24

/** `program` as a person types it; `entry` is its main file without an ending, from the root. */
export async function launch(program, entry) {
  if (Number(process.versions.node.split('.')[0]) < NEEDED) {
    console.error(`${program} needs Node ${NEEDED} or newer; this is ${process.version}.`)
    console.error(`In a checkout, which brings its own: npm run -s ${program} -- ARGS`)
    process.exit(2)
  }
  await cacheCompiledCode()
  const source = new URL(`../${entry}.ts`, import.meta.url)
  const built = new URL(`../dist/${entry}.js`, import.meta.url)
  await import(existsSync(source) ? source.href : built.href)
}

/** Compiled code is kept in the user's own cache, never in a shared directory: it is as good as the code itself. */
async function cacheCompiledCode() {
  const home = process.env.XDG_CACHE_HOME || (process.env.HOME && join(homedir(), '.cache'))
  if (!home) return
  const { enableCompileCache } = await import('node:module')
  enableCompileCache(join(home, 'mig'))
}
