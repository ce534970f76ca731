/**
 * Incoming connections that have not shown yet that they hold the mesh secret: how many wait, and who makes room. Not for what
 * they show (private-handshake.ts).
 *
 * DEV NOTE. Anybody can open a socket and say nothing. Nobody is refused for that: the oldest that waits makes room, since a
 * holder is through in two round trips and a silent one never. A newcomer is kept out only by a flood that replaces everyone
 * who waits faster than that. Bounded: below libp2p's limit of pending connections, which refuses whoever comes.
 */

/** An office behind one NAT that comes back all at once; beyond it strangers push out their own neighbours only. */
export const WAITING_AN_ADDRESS = 128
/** libp2p refuses from 500 on (libp2p.ts); the rest is for those who are through and go on with Noise. */
export const WAITING_LIMIT = 384

export interface Antechamber {
  /** Runs a handshake, counted for as long as it runs; its signal aborts when it has to make room. */
  admit<T>(address: string, handshake: (signal: AbortSignal) => Promise<T>): Promise<T>
}

interface Guest {
  readonly address: string
  readonly leave: AbortController
}

export function createAntechamber(): Antechamber {
  const guests = new Set<Guest>()

  function makeRoom(address: string): void {
    const [oldest] = guests
    const neighbours = [...guests].filter((guest) => guest.address === address)
    const next =
      neighbours.length >= WAITING_AN_ADDRESS
        ? neighbours[0]
        : guests.size >= WAITING_LIMIT
          ? oldest
          : undefined
    if (next === undefined) return
    guests.delete(next)
    next.leave.abort(new Error('too many connections wait to be let in'))
  }

  return {
    async admit(address, handshake) {
      makeRoom(address)
      const guest = { address, leave: new AbortController() }
      guests.add(guest)
      try {
        return await handshake(guest.leave.signal)
      } finally {
        guests.delete(guest)
      }
    },
  }
}
