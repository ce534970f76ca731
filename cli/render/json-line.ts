/** JSON on one line that is harmless on a terminal too: what is not printable is escaped, and reads back the same. */
import { printable } from '../../node/core/printable.ts'

/** JSON.stringify leaves C1 controls and marks of direction as they are. */
export const jsonLine = (value: unknown): string =>
  JSON.stringify(value).replace(/[^ -~]/gu, (letter) =>
    printable(letter) === letter ? letter : letter.split('').map(escapeUnit).join(''),
  )

const escapeUnit = (unit: string): string =>
  `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
