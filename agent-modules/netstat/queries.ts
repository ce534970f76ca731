/** The questions of an action, compiled: each says whether a socket, a card's address or a neighbour is what it asks for. */
import { contains, isInNetwork, parseNetwork, type IpAddress } from '../support/ip-address.ts'
import { parseMacPattern } from '../support/hardware-address.ts'
import type { Parameters, QueryKey } from './parameters.ts'
import { isConnected, isListening, type Socket } from './socket.ts'

export interface Query<Thing> {
  readonly key: QueryKey
  /** As written in the parameters. */
  readonly text: string
  matches(thing: Thing): boolean
}

export interface Queries {
  readonly sockets: readonly Query<Socket>[]
  /** Asked of hardware addresses. */
  readonly localMacs: readonly Query<string>[]
  /** Asked of addresses as text, without a zone. */
  readonly localIps: readonly Query<string>[]
  readonly neighbourMacs: readonly Query<string>[]
  readonly neighbourIps: readonly Query<string>[]
}

export function compileQueries(asked: Parameters): Queries {
  const isInState = stateFilter(asked)
  return {
    sockets: [
      ...queriesOf(asked, 'connectedip', (text) => {
        const isWithin = networkTest(text)
        return (socket: Socket) =>
          isConnected(socket) && isWithin(socket.remote.address) && isInState(socket)
      }),
      ...queriesOf(asked, 'listeningport', (text) => {
        const port = Number(text)
        return (socket: Socket) => socket.local.port === port && isListening(socket)
      }),
      ...queriesOf(asked, 'localport', (text) => {
        const port = Number(text)
        return (socket: Socket) => socket.local.port === port && isInState(socket)
      }),
    ],
    localMacs: queriesOf(asked, 'localmac', macTest),
    localIps: queriesOf(asked, 'localip', addressTest),
    neighbourMacs: queriesOf(asked, 'neighbormac', macTest),
    neighbourIps: queriesOf(asked, 'neighborip', addressTest),
  }
}

type ListKey = Exclude<keyof Parameters, 'states' | 'namespaces'>

const queriesOf = <Thing>(
  asked: Parameters,
  key: ListKey,
  compile: (text: string) => (thing: Thing) => boolean,
): readonly Query<Thing>[] =>
  [...new Set(asked[key])].map((text) => ({ key, text, matches: compile(text) }))

function stateFilter({ states }: Parameters): (socket: Socket) => boolean {
  if (states.length === 0) return () => true
  const wanted = new Set(states)
  return ({ state }) => wanted.has(state)
}

function networkTest(text: string): (address: IpAddress) => boolean {
  const network = parseNetwork(text)
  return (address) => network !== undefined && contains(network, address)
}

function addressTest(text: string): (address: string) => boolean {
  const network = parseNetwork(text)
  return (address) => network !== undefined && isInNetwork(address, network)
}

function macTest(text: string): (mac: string) => boolean {
  const pattern = parseMacPattern(text)
  return (mac) => pattern.test(mac)
}
