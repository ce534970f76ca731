/** Randomness that a failing test can be given again: mulberry32, public domain, good enough for choosing moments. */

export interface Seeded {
  /** In [0, 1). */
  fraction(): number
  /** An integer in [0, below). */
  integer(below: number): number
  pick<T>(all: readonly T[]): T
}

export function seeded(seed: number): Seeded {
  let state = seed >>> 0
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const integer = (below: number): number => Math.floor(fraction() * below)
  return { fraction, integer, pick: (all) => all[integer(all.length)]! }
}

/** The seed of this run: `MIG_SEED`, or a new one, which is printed so that a failure can be had again. */
export function seedOfRun(): number {
  const seed = Number(process.env['MIG_SEED'] ?? Date.now() % 1_000_000)
  console.log(`MIG_SEED=${String(seed)}`)
  return seed
}
