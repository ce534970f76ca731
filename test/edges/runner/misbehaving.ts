/** A registry of modules that do what no module may do. Loaded by children in tests, by address. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { openSync, writeFileSync, writeSync } from 'node:fs'
import { z } from 'zod'
import { UnsupportedError, defineModule } from '../../../agent-modules/contract.ts'
import type { Module, RunContext } from '../../../agent-modules/contract.ts'
import { encodeFrame } from '../../../node/runner/channel.ts'

const finding = z.strictObject({ text: z.string() })
type Finding = z.infer<typeof finding>
type Run = (text: string, context: RunContext<unknown>) => AsyncIterable<Finding>

/** What every module here says that came to its end. */
const END: Finding = { text: 'end' }

function module(name: string, run: Run): Module {
  return defineModule({
    name,
    summary: name,
    description: name,
    examples: [],
    flags: [],
    fromFlags: () => ({}),
    parameters: z.strictObject({ text: z.string().default('') }),
    finding,
    statistics: z.strictObject({ count: z.number() }),
    elements: z.array(finding),
    run: (parameters, context) => run(parameters.text, context),
    arrange: (findings) => [...findings],
    lines: () => [],
  })
}

/** Runs `act`, then ends well: the tests are about what `act` does. */
const acting = (name: string, act: (text: string) => unknown): Module =>
  module(name, async function* (text) {
    await act(text)
    yield END
  })

const forever = (): never => {
  for (;;);
}

/** A module that skips the schema check of `defineModule`, as a bug there would. */
const undeclared: Module = {
  ...module('undeclared', async function* () {}),
  async *run() {
    yield { text: 'fine', secret: 'file contents' }
  },
}

const MODULES: readonly Module[] = [
  undeclared,
  module('echo', async function* (text, context) {
    yield { text }
    context.reportError('one soft error')
    context.reportStatistics({ count: 1 })
  }),
  acting('loop', forever),
  acting('ignore-abort', () => once(process, 'never')),
  acting('fifo', (path) => openSync(path, 'r')),
  acting('throw', () => {
    throw new Error('thrown in mid-run')
  }),
  acting('unsupported', () => {
    throw new UnsupportedError('needs another platform')
  }),
  acting('exit', () => process.exit(0)),
  acting('kill-self', async () => {
    process.kill(process.pid, 'SIGKILL')
    await once(process, 'never')
  }),
  acting('buffers', () => {
    const held: Buffer[] = []
    for (;;) held.push(Buffer.alloc(1024 * 1024, held.length))
  }),
  acting('heap', () => {
    const held: unknown[] = []
    for (;;) held.push({ index: held.length, words: [held.length, held.length + 1] })
  }),
  acting('print', () => {
    for (let line = 0; line < 1000; line += 1) console.log('junk on stdout', line)
    console.error('junk on stderr')
  }),
  acting('garble', () => {
    writeSync(3, Buffer.from([0, 0, 0, 4, 1, 2, 3, 4]))
  }),
  acting('write-file', (path) => {
    writeFileSync(path, 'modules write no files')
  }),
  acting('start-program', async (path) => {
    // Opens the FIFO for writing and keeps it open: its reader sees the end when this program is dead.
    execFile('/bin/sh', ['-c', 'exec 9> "$0"; echo started >&9; sleep 600', path])
    await once(process, 'never')
  }),
  acting('leave-program', async (path) => {
    const program = execFile('/bin/sh', ['-c', 'exec 9> "$0"; echo started; sleep 600', path])
    if (program.stdout !== null) await once(program.stdout, 'data')
  }),
  acting('hold', async (path) => {
    openSync(path, 'r')
    await once(process, 'never')
  }),
  acting('hold-and-loop', (path) => {
    openSync(path, 'r')
    forever()
  }),
  acting('environment', () => {
    throw new Error(JSON.stringify([process.env, process.cwd()]))
  }),
  module('flood', async function* () {
    for (;;) yield { text: 'x'.repeat(1024 * 1024) }
  }),
  module('many', async function* () {
    for (;;) yield END
  }),
  // As a module that was taken over would, past all that holds an honest one back.
  acting('rogue', (text) => {
    for (;;) writeSync(3, encodeFrame({ kind: 'finding', finding: { text } }))
  }),
  module('huge', async function* () {
    yield { text: 'x'.repeat(8 * 1024 * 1024) }
  }),
  module('many-errors', async function* (_, context) {
    for (let line = 0; line < 1500; line += 1) context.reportError('e'.repeat(2000))
    yield END
  }),
  module('obedient', async function* (_, context) {
    yield END
    await once(context.signal, 'abort')
    yield END
  }),
]

export const findModule = (name: string): Promise<Module | undefined> =>
  Promise.resolve(MODULES.find((each) => each.name === name))
