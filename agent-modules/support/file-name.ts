/** File names as text: what is not UTF-8, or would disturb a terminal, is escaped as `\xNN`. */
import { isUtf8 } from 'node:buffer'
import { PATH_LIMIT } from '../facts.ts'

/** A name as shown; `raw` are its bytes where they are not UTF-8. */
export interface Name {
  readonly text: string
  readonly raw: Buffer | undefined
}

export const NO_NAME: Name = { text: '', raw: undefined }

/** The name that these bytes are. */
export const nameOf = (bytes: Buffer): Name =>
  isUtf8(bytes)
    ? { text: bytes.toString(), raw: undefined }
    : { text: escapeName(bytes), raw: Buffer.from(bytes) }

/** Bytes as text; each byte that is not part of valid UTF-8 becomes `\xNN`. */
export function escapeName(raw: Buffer): string {
  let text = ''
  let from = 0
  while (from < raw.length) {
    const length = validLength(raw, from)
    text += length === 0 ? escapeByte(raw[from] ?? 0) : raw.toString('utf8', from, from + length)
    from += Math.max(1, length)
  }
  return text
}

/** A path as an answer can hold it: a longer one is cut, and ends in `...`. */
export const answerablePath = (path: string): string =>
  path.length <= PATH_LIMIT ? path : `${path.slice(0, PATH_LIMIT - 3).toWellFormed()}...`

/** A name on one line of a terminal: control characters become `\xNN` (of C1 controls and separators, `\u{NNNN}`). */
export function printableName(name: string): string {
  return name.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code < 0x80 ? escapeByte(code) : `\\u{${code.toString(16)}}`
  })
}

const escapeByte = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`

/** How many bytes at `from` are one valid character; 0 when none. */
function validLength(raw: Buffer, from: number): number {
  for (let length = 1; length <= 4 && from + length <= raw.length; length += 1) {
    const text = raw.toString('utf8', from, from + length)
    if (!text.includes('\ufffd')) return length
    if (raw.subarray(from, from + length).equals(Buffer.from('\ufffd'))) return length
  }
  return 0
}
