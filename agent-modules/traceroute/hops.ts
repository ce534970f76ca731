/** Reads what programs print that trace routes: `traceroute` of Linux, BSD and busybox, `tracepath`, and Windows' `tracert`, in any language. */

import type { Hop } from './answer.ts'

/** ` 3  192.0.2.1  1.2 ms`, ` 3:  192.0.2.1  1.2ms`. */
const NUMBERED = /^\s*([0-9]{1,3})(?:\?)?:?\s+(.*)$/
/** More addresses of the same hop. */
const CONTINUED = /^\s{3,}(\S.*)$/
const TIME = /(?:^|\s)<?([0-9]+(?:[.,][0-9]+)?) ?ms\b/g
const IPV4 = /^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/
const IPV6 = /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*(?:%[0-9A-Za-z._-]+)?$/i

/** Hops in order; lines of the same hop are put together. */
export function readHops(output: string): Hop[] {
  const hops = new Map<number, Hop>()
  let last: number | undefined
  for (const line of output.split(/\r?\n/)) {
    const [, number, numbered] = NUMBERED.exec(line) ?? []
    if (number !== undefined) last = Number(number)
    const rest = numbered ?? CONTINUED.exec(line)?.[1]
    if (rest === undefined || last === undefined || !isAnswer(rest)) continue
    hops.set(last, join(hops.get(last), readHop(last, rest)))
  }
  return [...hops.values()].sort((one, other) => one.hop - other.hop)
}

/** An address with a time, or that nothing came: not tracepath's remarks. */
const isAnswer = (rest: string): boolean =>
  rest.includes('*') || rest.includes('no reply') || rest.split(/\s+/).some(isAddress)

const isAddress = (word: string): boolean => IPV4.test(word) || IPV6.test(word)

function readHop(hop: number, rest: string): Hop {
  const refusal = /\s!([A-Z0-9]{1,8})(?:\s|$)/.exec(rest)?.[1]
  return {
    hop,
    addresses: rest.split(/\s+/).filter(isAddress),
    rtts: [...rest.matchAll(TIME)].map(([, time = '']) => Number(time.replace(',', '.'))),
    ...(refusal === undefined ? {} : { refusal }),
  }
}

const join = (before: Hop | undefined, next: Hop): Hop => ({
  ...before,
  ...next,
  addresses: [...new Set([...(before?.addresses ?? []), ...next.addresses])],
  rtts: [...(before?.rtts ?? []), ...next.rtts],
})
