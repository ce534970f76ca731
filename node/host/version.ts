/** The version of this product, as package.json says, from sources and from `dist` alike. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'

const packageSchema = z.object({ version: z.string() })

function readVersion(): string {
  const isBuilt = import.meta.url.endsWith('.js')
  const file = new URL(isBuilt ? '../../../package.json' : '../../package.json', import.meta.url)
  return packageSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).version
}

export const VERSION = readVersion()
