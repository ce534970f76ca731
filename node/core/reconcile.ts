/**
 * Range-based set reconciliation (A. Meyer, arXiv 2212.13567): two peers find what differs between their sets of ids at a
 * cost that follows the difference, without state between rounds. The asking side sends fingerprints of ranges; the
 * answering side returns, for each range that differs, its ids there, or the range in pieces. Pure; not for the transport
 * (mesh/sync.ts).
 */
import { createHash } from 'node:crypto'
import type { EnvelopeId } from './ids.ts'

/** Where the other side has at most this many ids in a range, it lists them. */
const LIST_LIMIT = 32
const PIECES = 16
/** Past every id, which are 64 hex digits. */
const END = 'g'

/** A half-open range of ids and what one side has in it. */
export interface RangeFingerprint {
  readonly from: string
  readonly to: string
  readonly fingerprint: string
}
interface RangeList {
  readonly from: string
  readonly to: string
  readonly ids: readonly EnvelopeId[]
}

export interface RangeAnswer {
  readonly pieces: readonly RangeFingerprint[]
  readonly lists: readonly RangeList[]
}

export interface Difference {
  /** Ranges to ask about next; empty when nothing is left to compare. */
  readonly next: readonly RangeFingerprint[]
  readonly missing: readonly EnvelopeId[]
  readonly surplus: readonly EnvelopeId[]
}

type SortedIds = readonly EnvelopeId[]

/** The question to begin with: everything. */
export const wholeRange = (ids: SortedIds): RangeFingerprint => describe(ids, { from: '', to: END })

/** The answering side: its ids, or pieces, for every range in which its own fingerprint differs. */
export function answerRanges(ids: SortedIds, ranges: readonly RangeFingerprint[]): RangeAnswer {
  const pieces: RangeFingerprint[] = []
  const lists: RangeList[] = []
  for (const range of ranges) {
    const own = slice(ids, range)
    if (fingerprintOf(own) === range.fingerprint) continue
    if (own.length <= LIST_LIMIT) lists.push({ from: range.from, to: range.to, ids: own })
    else pieces.push(...split(own, range))
  }
  return { pieces, lists }
}

/** The asking side: what it lacks, what the other lacks, and what to ask next. */
export function readAnswer(ids: SortedIds, answer: RangeAnswer): Difference {
  const next = answer.pieces
    .map((piece) => ({ theirs: piece, own: describe(ids, piece) }))
    .filter(({ theirs, own }) => theirs.fingerprint !== own.fingerprint)
    .map(({ own }) => own)
  const missing: EnvelopeId[] = []
  const surplus: EnvelopeId[] = []
  for (const list of answer.lists) {
    const own = slice(ids, list)
    const mine = new Set(own)
    const theirs = new Set(list.ids)
    missing.push(...list.ids.filter((id) => !mine.has(id)))
    surplus.push(...own.filter((id) => !theirs.has(id)))
  }
  return { next, missing, surplus }
}

/** Pieces of equal count, none smaller than a list, cut at ids that both sides can find. */
function split(own: SortedIds, range: { from: string; to: string }): RangeFingerprint[] {
  const size = Math.max(LIST_LIMIT, Math.ceil(own.length / PIECES))
  const cuts = Array.from({ length: PIECES - 1 }, (_, index) => own[(index + 1) * size])
  const bounds = [range.from, ...cuts.filter((cut) => cut !== undefined), range.to]
  return bounds.slice(1).map((to, index) => describe(own, { from: bounds[index] ?? '', to }))
}

function describe(ids: SortedIds, range: { from: string; to: string }): RangeFingerprint {
  return { from: range.from, to: range.to, fingerprint: fingerprintOf(slice(ids, range)) }
}

function slice(ids: SortedIds, range: { from: string; to: string }): SortedIds {
  return ids.slice(lowerBound(ids, range.from), lowerBound(ids, range.to))
}

function lowerBound(ids: SortedIds, bound: string): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ids[middle] ?? END) < bound) low = middle + 1
    else high = middle
  }
  return low
}

/** SHA-256 over the sorted ids, cut to 128 bits: two honest sets that differ never agree. */
function fingerprintOf(ids: SortedIds): string {
  const hash = createHash('sha256')
  for (const id of ids) hash.update(id)
  return hash.digest('hex').slice(0, 32)
}
