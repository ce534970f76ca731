/**
 * What rotation adds to the name of a log: a number (`.1`, `.2.gz`), or a date in any form of logrotate's `dateformat` that sorts by time, as logrotate
 * itself needs it to: `-20261115`, `-2026111510`, `.2026-11-15_10:30`, `-202647` (a week), `-1763200000`. Source: logrotate(8).
 */

const PACKING = /\.(?:gz|xz|zst|bz2|lz4|Z)$/
/** Of a year alone the separator tells that it is one. */
const DATE =
  /^(?:[-._:@+=~]?20\d\d(?:[-._:@+=~TW]{0,2}\d\d){1,5}|[-._:@+=~]20\d\d)(?:[-._:@+=~]?1\d{9})?$/
/** Since the epoch: until 2033 they begin with 1, and years with 2. */
const SECONDS = /^[-._:@+=~]?(1\d{9})$/
const NUMBER = /^\.(\d{1,4})$/
const HIGHEST_NUMBER = 9999

export const isPacked = (name: string): boolean => PACKING.test(name)

/**
 * A text that sorts by age, the oldest first; undefined where `added`, what a name has more than the log's, is nothing that rotation adds. Numbers
 * count backwards; where a log has both, the dated files are the older ones.
 */
export function rotationOrder(log: string, added: string): string | undefined {
  if (added === '') return 'in use'
  const mark = added.replace(PACKING, '')
  if (DATE.test(mark)) return `dated ${digitsOf(mark)}`
  const seconds = SECONDS.exec(mark)?.[1]
  if (seconds !== undefined) return `dated ${digitsOf(timeOf(Number(seconds)))}`
  const number = mark === '' ? numberOfPacked(log) : NUMBER.exec(mark)?.[1]
  return number === undefined
    ? undefined
    : `file ${String(HIGHEST_NUMBER - Number(number)).padStart(4, '0')}`
}

/** Packed where it lay, it is the newest but one; of a file that was rotated itself it would be another one. */
const numberOfPacked = (log: string): string | undefined =>
  /\.\d{1,4}$/.test(log) ? undefined : '0'

const timeOf = (seconds: number): string => new Date(seconds * 1000).toISOString()

const digitsOf = (text: string): string => text.replaceAll(/\D/g, '')
