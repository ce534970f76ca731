/** The face of `example`: asks a host for its name, addresses, and what it resolves names to. Small on purpose: the module to copy from. */
import { lookup } from 'node:dns/promises'
import { hostname, networkInterfaces } from 'node:os'
import { z } from 'zod'
import { defineModule, type RunContext } from '../contract.ts'
import { fact } from '../facts.ts'
import { booleanFlag, isSet, listFlag, listOf } from '../support/flag-values.ts'

const NAMES_LIMIT = 64

const parameters = z.strictObject({
  gethostname: z.boolean().default(false),
  getaddresses: z.boolean().default(false),
  lookuphost: z
    .array(z.string().regex(/^[A-Za-z0-9._:-]{1,253}$/, 'must be a host name'))
    .max(NAMES_LIMIT)
    .default([]),
})
type Parameters = z.infer<typeof parameters>

/** One fact; exactly the fields that may leave the host. */
const finding = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('hostname'), hostname: fact.name }),
  z.strictObject({ kind: z.literal('address'), address: fact.address }),
  z.strictObject({
    kind: z.literal('lookup'),
    /** As asked. */
    host: fact.label,
    addresses: z.array(fact.address).max(256),
  }),
])
type Finding = z.infer<typeof finding>

const elements = z.strictObject({
  hostname: fact.name,
  addresses: z.array(fact.address),
  lookeduphost: z.record(fact.label, z.array(fact.address)),
})
type Elements = z.infer<typeof elements>

const statistics = z.strictObject({ stufffound: z.number().int().nonnegative() })
type Statistics = z.infer<typeof statistics>

async function* run(asked: Parameters, context: RunContext<Statistics>): AsyncGenerator<Finding> {
  let stufffound = 0
  for await (const fact of facts(asked, context)) {
    context.signal.throwIfAborted()
    stufffound += 1
    yield fact
  }
  context.reportStatistics({ stufffound })
}

async function* facts(asked: Parameters, context: RunContext<Statistics>): AsyncGenerator<Finding> {
  if (asked.gethostname) yield { kind: 'hostname', hostname: hostname() }
  if (asked.getaddresses) {
    const cards = Object.values(networkInterfaces()).flatMap((card) => card ?? [])
    for (const { cidr } of cards.filter(({ internal }) => !internal)) {
      if (cidr !== null) yield { kind: 'address', address: cidr }
    }
  }
  for (const host of asked.lookuphost) {
    const found = await unlessAborted(lookup(host, { all: true }), context.signal)
    if (found === undefined) context.reportError(`${host}: not found`)
    else yield { kind: 'lookup', host, addresses: found.map(({ address }) => address) }
  }
}

/** A resolver can take many seconds, and cannot be called off: the run ends without it. */
async function unlessAborted<T>(task: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const aborted = Promise.withResolvers<never>()
  const stop = (): void => {
    aborted.reject(new Error('aborted'))
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([task, aborted.promise])
  } catch {
    // Not found, or aborted: the caller asks the signal which.
    return undefined
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function arrange(findings: readonly Finding[]): Elements {
  return {
    hostname: findings.find((each) => each.kind === 'hostname')?.hostname ?? '',
    addresses: findings.flatMap((each) => (each.kind === 'address' ? [each.address] : [])),
    lookeduphost: Object.fromEntries(
      findings.flatMap((each) => (each.kind === 'lookup' ? [[each.host, each.addresses]] : [])),
    ),
  }
}

const lines = ({
  elements: { hostname: name, addresses, lookeduphost },
}: {
  elements: Elements
}): string[] => [
  ...(name === '' ? [] : [`hostname is ${name}`]),
  ...addresses.map((address) => `address is ${address}`),
  ...Object.entries(lookeduphost).map(
    ([host, found]) => `lookedup host ${host} has IPs ${found.join(', ')}`,
  ),
]

export const example = defineModule({
  name: 'example',
  summary: 'host name, addresses, and what names resolve to on each host',
  description:
    'Answers with the host name, with the addresses of its network cards, and with what it resolves names to.',
  examples: [
    { title: 'What does every host call itself?', command: 'example -t all -gethostname' },
    {
      title: 'Where does a name lead?',
      command: "example -t \"environment->>'os'='linux'\" -lookup localhost",
    },
  ],
  flags: [
    booleanFlag('gethostname', 'the host name'),
    booleanFlag('getaddresses', 'addresses of the network cards, with prefix'),
    listFlag(['lookup', 'lookuphost'], 'HOST', 'what this name resolves to there'),
  ],
  fromFlags: (flags) => ({
    gethostname: isSet(flags, 'gethostname') ?? false,
    getaddresses: isSet(flags, 'getaddresses') ?? false,
    lookuphost: listOf(flags, 'lookup'),
  }),
  parameters,
  finding,
  statistics,
  elements,
  run,
  arrange,
  lines,
})
