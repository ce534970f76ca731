/** What `netstat` answers: one finding per question and thing that hits, and MIG's arrangement of them. Nothing undeclared here can leave a host. */
import { z } from 'zod'
import type { LineOptions } from '../contract.ts'
import { fact, maskFacts } from '../facts.ts'
import { printableName } from '../support/file-name.ts'
import { QUERY_KEYS, type Parameters } from './parameters.ts'
import { SOCKET_STATES } from './socket.ts'

const port = z.int().min(0).max(65_535)

const owner = z.strictObject({
  pid: z.int().min(0),
  name: fact.name,
  /** Of its executable. */
  path: fact.path.optional(),
  /** There is no such file any more. */
  deleted: z.literal(true).optional(),
})

/** MIG's fields, and below `namespace` what it does not tell. What does not apply is left out. */
const thing = z.strictObject({
  localmacaddr: fact.address.optional(),
  remotemacaddr: fact.address.optional(),
  localaddr: fact.address.optional(),
  localport: port.optional(),
  remoteaddr: fact.address.optional(),
  remoteport: port.optional(),
  /** `default`, or as Linux calls it: `net:[4026531840]`. */
  namespace: fact.name.optional(),
  protocol: z.enum(['tcp', 'tcp6', 'udp', 'udp6']).optional(),
  state: z.enum(SOCKET_STATES).optional(),
  /** Who holds the socket. */
  processes: z.array(owner).optional(),
  /** The network card. */
  interface: fact.name.optional(),
  /** How far a neighbour is known to be there: `REACHABLE`, `STALE`. */
  neighborstate: fact.word.optional(),
})
export type Thing = z.infer<typeof thing>

const queryKey = z.enum(QUERY_KEYS)

export const finding = z.strictObject({
  key: queryKey,
  /** The question as asked. */
  query: fact.label,
  found: thing,
})
export type Finding = z.infer<typeof finding>

const answers = z.record(fact.label, z.array(thing)).optional()
export const elements = z.strictObject({
  localmac: answers,
  neighbormac: answers,
  localip: answers,
  neighborip: answers,
  connectedip: answers,
  listeningport: answers,
  localport: answers,
})
export type Elements = z.infer<typeof elements>

const count = z.int().min(0)
export const statistics = z.strictObject({
  /** Sockets, addresses and neighbours looked at. */
  examined: count,
  totalhits: count,
  /** A Go duration, `1.234s`, until all was found. */
  exectime: fact.duration,
})
export type Statistics = z.infer<typeof statistics>

/** Findings under their questions; a question without findings has an empty list. */
export function arrange(findings: readonly Finding[], asked: Parameters): Elements {
  const answer: Elements = {}
  for (const key of QUERY_KEYS)
    if (asked[key].length > 0)
      answer[key] = Object.fromEntries(asked[key].map((query) => [query, []]))
  for (const { key, query, found } of findings) answer[key]?.[query]?.push(found)
  return answer
}

/**
 * For hosts in extra privacy mode: what was found, not by which of several queries, since a tree of networks would spell out
 * the address that is masked.
 */
export function mask(clear: Elements): Elements {
  const masked: Elements = {}
  for (const key of QUERY_KEYS) {
    const queries = clear[key]
    if (queries === undefined) continue
    const [only, another] = Object.keys(queries)
    const label = another === undefined && only !== undefined ? only : MANY
    // What several queries found counts once.
    const things = new Map(
      Object.values(queries)
        .flat()
        .map((each) => [JSON.stringify(each), each]),
    )
    masked[key] = answers.parse({ [label]: maskFacts(z.array(thing), [...things.values()]) })
  }
  return masked
}

const MANY = 'one of several'

/** MIG's lines; who holds a socket stands at their end. */
export function lines(
  answer: { readonly elements: Elements; readonly statistics?: Statistics | undefined },
  { foundOnly }: LineOptions,
): readonly string[] {
  const found = QUERY_KEYS.flatMap((key) =>
    Object.entries(answer.elements[key] ?? {}).flatMap(([query, things]) => {
      const asked = `netstat ${key}:'${query}'`
      if (things.length === 0) return foundOnly ? [] : [`did not find anything for ${asked}`]
      return things.map((each) => `found ${WORDS[key](each)} for ${asked}${suffixes(each)}`)
    }),
  )
  const all =
    foundOnly || answer.statistics === undefined
      ? found
      : [...found, statisticsLine(answer.statistics)]
  return all.map(printableName)
}

const WORDS: Readonly<Record<(typeof QUERY_KEYS)[number], (found: Thing) => string>> = {
  localmac: ({ localmacaddr = '' }) => `local mac ${localmacaddr}`,
  neighbormac: ({ remotemacaddr = '', remoteaddr = '' }) =>
    `neighbor mac ${remotemacaddr} ${remoteaddr}`,
  localip: ({ localaddr = '' }) => `local ip ${localaddr}`,
  neighborip: ({ remoteaddr = '', remotemacaddr = '' }) =>
    `neighbor ip ${remoteaddr} with mac ${remotemacaddr}`,
  connectedip: (found) => `connected tuple ${remote(found)} with local tuple ${local(found)}`,
  listeningport: (found) => `listening port ${found.localport ?? 0} on ${found.localaddr ?? ''}`,
  localport: (found) =>
    found.remoteaddr === undefined
      ? `local port ${local(found)}`
      : `local port ${local(found)} connected to ${remote(found)}`,
}

const local = ({ localaddr = '', localport = 0 }: Thing): string => tuple(localaddr, localport)
const remote = ({ remoteaddr = '', remoteport = 0 }: Thing): string => tuple(remoteaddr, remoteport)
const tuple = (address: string, number: number): string =>
  address.includes(':') ? `[${address}]:${number}` : `${address}:${number}`

function suffixes(found: Thing): string {
  const parts = [
    found.interface === undefined ? '' : ` interface:[${found.interface}]`,
    found.protocol === undefined ? '' : ` socket:[${found.protocol} ${found.state ?? ''}]`,
    ...(found.processes ?? []).map(
      ({ pid, name, path = '', deleted }) =>
        ` process:[${[name, pid, path, deleted ? '(deleted)' : ''].join(' ').trim()}]`,
    ),
    found.namespace === undefined ? '' : ` namespace:[${found.namespace}]`,
  ]
  return parts.join('')
}

const statisticsLine = ({ examined, totalhits, exectime }: Statistics): string =>
  `Statistics: ${examined} items examined, ${totalhits} matched, ran in ${exectime}.`
