/** Asks for a passphrase on the terminal; what is typed is not shown. */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

/** Resolves with what was typed. The question goes to stderr, for stdout is data. */
export async function askSecret(question: string): Promise<string> {
  process.stderr.write(question)
  const silent = new Writable({
    write: (_chunk, _encoding, done) => {
      done()
    },
  })
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await reader.question('')
  } finally {
    reader.close()
    process.stderr.write('\n')
  }
}
