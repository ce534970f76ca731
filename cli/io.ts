/** Where output goes: data to stdout, prose to stderr, colours and progress only where a person looks. */
import { styleText } from 'node:util'

export interface Stream {
  readonly isTerminal: boolean
  /** Characters in a line of the terminal. */
  readonly columns: number
  write(text: string): void
}

export interface Io {
  readonly stdout: Stream
  readonly stderr: Stream
  readonly env: Readonly<Record<string, string | undefined>>
  /** All of stdin as text; rejects beyond `limit` bytes. */
  readStdin(limit: number): Promise<string>
  /** Asks on the terminal without showing what is typed; `undefined` where there is no terminal. */
  readonly askSecret: ((question: string) => Promise<string>) | undefined
}

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'
export type Paint = (style: Style, text: string) => string

/** Colours for this stream, or none: not a terminal, NO_COLOR set (no-color.org), or a dumb terminal. */
export function painter(stream: Stream, env: Io['env']): Paint {
  const isColourful = stream.isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  return (style, text) => (isColourful ? styleText(style, text, { validateStream: false }) : text)
}
