/** Text from other hosts, made harmless for a terminal: an agent's answer must not move the cursor or forge lines. */

/** C0 and C1 controls, line and paragraph separators, marks that turn the direction of text, characters without width. */
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu

/** Every unprintable character as `\xNN` or `\u{NNNN}`; all else as it is. */
export const printable = (text: string): string => text.replace(UNPRINTABLE, escape)

/** The same as one line of JSON that reads back to the same value: JSON.stringify leaves C1 controls and marks of direction as they are. */
export const printableJson = (value: unknown): string => escapeJson(JSON.stringify(value))

/** For a line that is JSON already. */
export const escapeJson = (line: string): string =>
  line.replace(UNPRINTABLE, (each) => `\\u${codeOf(each).toString(16).padStart(4, '0')}`)

function escape(character: string): string {
  const code = codeOf(character)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}

const codeOf = (character: string): number => character.codePointAt(0) ?? 0
