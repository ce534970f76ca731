/** A command line's streams in a test: what was written, in order, and apart. */
import type { Io, Stream } from '../../cli/io.ts'

export interface RecordingIo {
  readonly io: Io
  /** Both streams in the order of writing. */
  text(): string
  stdout(): string
  stderr(): string
}

export interface RecordingOptions {
  readonly stdin?: string
  /** A person looks at stderr. */
  readonly isTerminal?: boolean
  /** Sees everything on stderr so far, whenever something is written there. */
  readonly onStderr?: (text: string) => void
}

export function recordingIo(env: Io['env'] = {}, options: RecordingOptions = {}): RecordingIo {
  const { stdin = '', isTerminal = false, onStderr } = options
  const written: { isStdout: boolean; text: string }[] = []
  const stream = (isStdout: boolean): Stream => ({
    isTerminal: isTerminal && !isStdout,
    columns: 80,
    write: (text) => {
      written.push({ isStdout, text })
      if (!isStdout) onStderr?.(join(written.filter((each) => !each.isStdout)))
    },
  })
  const join = (chosen: readonly { text: string }[]): string =>
    chosen.map(({ text }) => text).join('')
  return {
    io: {
      stdout: stream(true),
      stderr: stream(false),
      env,
      readStdin: () => Promise.resolve(stdin),
      askSecret: undefined,
    },
    text: () => join(written),
    stdout: () => join(written.filter(({ isStdout }) => isStdout)),
    stderr: () => join(written.filter(({ isStdout }) => !isStdout)),
  }
}
