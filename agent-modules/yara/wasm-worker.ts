/** The thread of the WebAssembly engine: compiles the rules it is started with, then scans what its owner puts into the room, one at a time. */
import { readFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { Compiler, initSync, type Scanner } from '@virustotal/yara-x'
import { z } from 'zod'
import { MATCHES_A_STRING, refusalOf } from './engine.ts'
import type { ThreadAnswer, ThreadInit } from './wasm-engine.ts'

const init: z.ZodType<ThreadInit> = z.strictObject({
  source: z.string(),
  room: z.instanceof(SharedArrayBuffer),
})
const scanResult = z.object({
  matches: z.array(
    z.object({ identifier: z.string(), tags: z.array(z.string()), isPrivate: z.boolean() }),
  ),
})

/** Beside the glue code that the package resolves to. */
const wasmFile = new URL('yara_x_js_bg.wasm', import.meta.resolve('@virustotal/yara-x'))

const { source, room } = init.parse(workerData)
initSync({ module: readFileSync(wasmFile) })
const scanner = compile()
if (scanner !== undefined) serve(scanner)

function answer(message: ThreadAnswer): void {
  parentPort?.postMessage(message)
}

/** Undefined when the rules are refused, which the owner is told. */
function compile(): Scanner | undefined {
  const compiler = new Compiler()
  try {
    compiler.addSource(source)
  } catch {
    // It throws the first of its errors, and lists them all.
  }
  const refusal = refusalOf([...compiler.errors, ...compiler.warnings])
  if (refusal !== undefined) {
    answer({ kind: 'refused', reason: refusal })
    return undefined
  }
  const made = compiler.build().scanner()
  made.setMaxMatchesPerPattern(MATCHES_A_STRING)
  answer({ kind: 'ready' })
  return made
}

function serve(rules: Scanner): void {
  parentPort?.on('message', (length: number) => {
    const { matches } = scanResult.parse(rules.scan(new Uint8Array(room, 0, length)))
    // The native engine leaves private rules out by itself.
    const shown = matches.filter(({ isPrivate }) => !isPrivate)
    answer({ kind: 'hits', hits: shown.map(({ identifier: name, tags }) => ({ name, tags })) })
  })
}
