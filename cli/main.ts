/** The process `mig`: its streams, its signals, its exit code. */
import type { Io, Stream } from './io.ts'
import { MeshError } from '../node/core/errors.ts'
import { systemClock } from '../node/host/system.ts'
import { EXIT } from './exit.ts'
import { run } from './run.ts'

/** A command that does not end by itself within this time after Ctrl-C is ended. */
const LAST_CHANCE_MS = 5000
/** 128 + SIGPIPE: whoever read our output has gone. */
const BROKEN_PIPE = 141
const DEFAULT_COLUMNS = 80

const streamOf = (stream: NodeJS.WriteStream): Stream => ({
  isTerminal: stream.isTTY,
  get columns() {
    return stream.isTTY ? stream.columns : DEFAULT_COLUMNS
  },
  write: (text) => {
    stream.write(text)
  },
})

async function readStdin(limit: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) throw new MeshError({ code: 'TOO_LARGE', what: 'stdin', size, limit })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const io: Io = {
  stdout: streamOf(process.stdout),
  stderr: streamOf(process.stderr),
  env: process.env,
  readStdin,
  askSecret:
    process.stdin.isTTY && process.stderr.isTTY
      ? async (question) => (await import('./ask-secret.ts')).askSecret(question)
      : undefined,
}

function watchSignals(): AbortSignal {
  const stop = new AbortController()
  const onSignal = (code: number) => (): void => {
    if (stop.signal.aborted) process.exit(code)
    stop.abort(code)
    systemClock.after(LAST_CHANCE_MS, () => process.exit(code))
  }
  process.on('SIGINT', onSignal(EXIT.interrupted))
  process.on('SIGTERM', onSignal(EXIT.terminated))
  return stop.signal
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? BROKEN_PIPE : EXIT.internal)
})

const code = await run(process.argv.slice(2), io, watchSignals())
// Written output first; what is still open (a resolver, a timer) must not keep a person waiting.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
