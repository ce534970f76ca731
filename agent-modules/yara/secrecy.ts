/**
 * How much an answer may tell about one file or process, so that nobody spells out what it holds.
 *
 * DEV NOTE. A rule can ask for any bit of a file (`uint8(7) & 1 == 1`), so every rule whose fate is told is one bit, as a content of `file`
 * is. But rule sets that hunt malware have hundreds of rules of which a file matches next to none, and it is the number of different answers
 * that counts: of 300 rules, all could tell 300 bits; the first 3 that match, and whether there are more, are one of 9 million answers, 24
 * bits. So the more rules are asked, the fewer are named of each file. Nothing else about a match may be answered: the offsets of `/[a-m]/`
 * would be half of a letter each, the count of its matches some ten bits.
 */

/** Leaves 4 of the 32 that all of an action may ask (registry.ts) for contents in the search for files. */
const BITS_LIMIT = 28

export interface Secrecy {
  /** Of what matches, this many rules are named, the first in alphabetic order. */
  readonly namedRules: number
  /** What one answer can tell, in bits. */
  readonly bits: number
}

/** The most rules that may be named of so many. */
export function secrecyOf(rules: number): Secrecy {
  if (rules <= BITS_LIMIT) return { namedRules: rules, bits: rules }
  let best: Secrecy = { namedRules: 1, bits: bitsOf(rules, 1) }
  for (let namedRules = 2; namedRules <= rules; namedRules += 1) {
    const bits = bitsOf(rules, namedRules)
    if (bits > BITS_LIMIT) break
    best = { namedRules, bits }
  }
  return best
}

/**
 * At least the number of rules, whatever the source looks like: the keyword cannot be written otherwise. In comments and texts it counts as
 * well, which only names fewer; leaving those out would mean to read YARA as each of its engines does.
 */
export const countRules = (source: string): number => source.match(/\brule\b/g)?.length ?? 0

/** Answers: each choice of at most `named` rules, and for `named` of them whether there are more. */
function bitsOf(rules: number, named: number): number {
  let choices = 1
  let answers = 1
  for (let chosen = 1; chosen <= named; chosen += 1) {
    choices *= (rules - chosen + 1) / chosen
    answers += choices
  }
  return Math.ceil(Math.log2(answers + (named < rules ? choices : 0)))
}
