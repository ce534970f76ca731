// Makes a fresh clone ready: installs the packages of the lock file where they are missing or out of date. Plain
// JavaScript, because it runs under whatever Node the machine has.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const stamp = join(root, 'node_modules', '.mig-prepared')
const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')

const isReady =
  existsSync(stamp) &&
  readFileSync(stamp, 'utf8') === wanted &&
  existsSync(join(root, 'node_modules', '.bin', 'node'))

if (!isReady) {
  console.error('mig: installing packages, once (about a minute) ...')
  // Not `npm ci`: it refuses a lock file that names no download addresses for packages of other platforms.
  const install = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (install.status !== 0) {
    console.error('mig: npm install failed; its message is above')
    process.exit(1)
  }
  writeFileSync(stamp, wanted)
  console.error('mig: ready')
}
