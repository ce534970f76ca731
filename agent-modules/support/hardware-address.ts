/** Hardware (MAC) addresses, which each tool writes in its own way. */
import type { Pattern } from './pattern.ts'
import { parsePattern } from './pattern-filter.ts'

const OCTETS = /^[0-9a-f]{1,2}(?:[:-][0-9a-f]{1,2}){5,31}$/i

/** `0:1B:2-...` as `00:1b:02:...`; undefined for what is none, and for the zeros of cards that have none. */
export function formatMac(text: string): string | undefined {
  if (!OCTETS.test(text)) return undefined
  const octets = text.split(/[:-]/).map((octet) => octet.toLowerCase().padStart(2, '0'))
  return octets.every((octet) => octet === '00') ? undefined : octets.join(':')
}

/** A regular expression for them, which people write in either case. @throws FilterError */
export function parseMacPattern(text: string): Pattern {
  parsePattern(text)
  return parsePattern(`(?i)${text}`)
}
