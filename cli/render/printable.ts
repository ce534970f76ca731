/** Text from other hosts, made harmless for a terminal: an agent's answer must not move the cursor or forge lines. */

/** C0 and C1 controls, line and paragraph separators, and the marks that turn the direction of text. */
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** Every unprintable character as `\xNN` or `\u{NNNN}`; all else as it is. */
export const printable = (text: string): string => text.replace(UNPRINTABLE, escape)

function escape(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}
