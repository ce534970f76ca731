/** Operations of MIG's old action files in the words that modules read today. Nothing is renewed silently: every change is named. */
import type { Operation } from '../node/core/action.ts'

export interface Renewed {
  readonly operations: readonly Operation[]
  /** What was read differently from how it is written, a line each. */
  readonly notes: readonly string[]
}

/** MIG's module before netstat: addresses under labels of their own. */
const CONNECTED = 'connected'
/** MIG's `file` before 2014 called contents so. */
const OLD_CONTENTS = 'regexes'
/** It ends MIG's own agents, of which there are none here. */
const AGENT_DESTROY = 'agentdestroy'

export function renewOperations(operations: readonly Operation[]): Renewed {
  const renewed = operations.map((operation, index) => renew(operation, `operations[${index}]`))
  return {
    operations: renewed.flatMap(({ operation }) => operation ?? []),
    notes: renewed.flatMap(({ notes }) => notes),
  }
}

interface RenewedOne {
  /** Absent: it asks for nothing that there is. */
  readonly operation?: Operation
  readonly notes: readonly string[]
}

function renew(operation: Operation, place: string): RenewedOne {
  switch (operation.module) {
    case CONNECTED:
      return renewConnected(operation, place)
    case 'file':
      return renewFile(operation, place)
    case AGENT_DESTROY:
      return { notes: [`${place}: left out, no module ${AGENT_DESTROY} is here`] }
    default:
      return { operation, notes: [] }
  }
}

function renewConnected({ parameters }: Operation, place: string): RenewedOne {
  const lists = isMap(parameters) ? Object.values(parameters) : []
  const addresses = lists.flatMap((list) => list)
  return {
    operation: { module: 'netstat', parameters: { connectedip: addresses } },
    notes: [`${place}: module ${CONNECTED} is read as netstat with connectedip`],
  }
}

function renewFile(operation: Operation, place: string): RenewedOne {
  const { parameters } = operation
  const searches = isMap(parameters) ? parameters['searches'] : undefined
  if (!isMap(parameters) || !isMap(searches)) return { operation, notes: [] }
  const old = Object.keys(searches).filter((label) => hasOldContents(searches[label]))
  if (old.length === 0) return { operation, notes: [] }
  const renewed = Object.entries(searches).map(([label, search]): [string, Json] => [
    label,
    renewSearch(search),
  ])
  return {
    operation: {
      module: operation.module,
      parameters: { ...parameters, searches: Object.fromEntries<Json>(renewed) },
    },
    notes: old.map(
      (label) =>
        `${place}.parameters.searches.${label}: ${OLD_CONTENTS}, which MIG itself no longer reads, is read as contents`,
    ),
  }
}

/** Where both are there, the author meant something by it that cannot be guessed: the module refuses it by name. */
const hasOldContents = (search: Json | undefined): boolean =>
  isMap(search) && OLD_CONTENTS in search && !('contents' in search)

function renewSearch(search: Json): Json {
  if (!isMap(search) || !hasOldContents(search)) return search
  const { [OLD_CONTENTS]: contents, ...rest } = search
  return contents === undefined ? rest : { ...rest, contents }
}

type Json = Operation['parameters']

const isMap = (value: Json | undefined): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
