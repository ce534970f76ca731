#!/usr/bin/env node
// Starts `mig-bootstrap`: says clearly what is wrong with an old Node, then imports the rest.
import { existsSync } from 'node:fs'

const NEEDED = 24
if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  console.error(`mig-bootstrap needs Node ${NEEDED} or newer; this is ${process.version}. In a checkout: npm run -s mig-bootstrap -- ARGS`)
  process.exit(2)
}
const built = new URL('../dist/bootstrap/main.js', import.meta.url)
const source = new URL('./main.ts', import.meta.url)
await import(existsSync(source) ? source.href : built.href)
