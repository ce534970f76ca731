/** Actions that are not sent: printed unsigned, printed signed, or only talked about. */
import type { Action } from '../node/core/action.ts'
import { fromUtf8 } from '../node/core/bytes.ts'
import type { Draft } from '../node/core/draft.ts'
import { documentIdOf, type Envelope } from '../node/core/envelope.ts'
import { MeshError } from '../node/core/errors.ts'
import { toInstant } from '../node/core/time.ts'
import { type Home, openHome } from '../node/host/home.ts'
import { systemClock } from '../node/host/system.ts'
import type { Cli } from './cli.ts'
import { EXIT } from './exit.ts'
import type { HuntOptions } from './hunt-options.ts'
import { shortId } from './hunts.ts'
import { quorum, quorumOf, weightLine } from './quorum.ts'
import { printable } from '../node/core/printable.ts'
import { checkTarget, expandTarget } from './target.ts'

/** Prints the action as a file that a person edits and others load. Times that nobody gave are set when it is signed. */
export async function printDraft(draft: Draft, options: HuntOptions, cli: Cli): Promise<number> {
  const target = expandTarget(draft.target, await macrosOf(cli))
  await checkTarget(target)
  const { name, description, threat, operations, validfrom } = draft
  const given = options.isExpiryGiven ? systemClock.now() + options.expiryMs : undefined
  const expireafter = given ?? draft.expireafter
  const file = {
    syntaxversion: 3,
    name,
    target,
    ...(description === undefined ? {} : { description }),
    ...(threat === undefined ? {} : { threat }),
    ...(validfrom === undefined ? {} : { validfrom: toInstant(validfrom) }),
    ...(expireafter === undefined ? {} : { expireafter: toInstant(expireafter) }),
    operations,
  }
  cli.out(JSON.stringify(file, null, 2))
  return EXIT.ok
}

/** Prints a signed document for the next person, and says how far it is. */
export function printSigned(envelope: Envelope, home: Home, cli: Cli): number {
  cli.out(fromUtf8(envelope.bytes))
  const { people, weighings } = quorumOf(envelope, home.policy)
  cli.say(`signed by ${[...people].join(' and ')}; nothing is sent`)
  for (const weighing of weighings) cli.say(`  ${weightLine(weighing)}`)
  const isEnough = weighings.every(({ allowed }) => allowed)
  cli.say(
    isEnough
      ? 'enough: send it with mig launch FILE'
      : 'another person adds a signature with mig sign FILE',
  )
  return EXIT.ok
}

export interface DryRun {
  readonly action: Action
  readonly expected: number
  readonly payload: Uint8Array
}

/** Whom it would ask, and what it would need. */
export function printDryRun({ action, expected, payload }: DryRun, home: Home, cli: Cli): number {
  const entries = action.operations.map(({ module }) => module)
  const { weighings } = quorum({ entries, keyids: [] }, home.policy)
  const needs = weighings.map(({ module, minimum }) => ({ module, minimum: minimum ?? null }))
  const id = documentIdOf('action', payload)
  if (cli.isJson) {
    const { name, target } = action
    cli.json('dry-run', { action: id, name, target, expected, bytes: payload.length, needs })
    return EXIT.ok
  }
  cli.out(`name    ${printable(action.name)}`)
  cli.out(`target  ${printable(action.target)}`)
  cli.out(`agents  ${expected} known now`)
  for (const { module, minimum } of needs) {
    cli.out(`needs   ${module}: ${minimum === null ? 'nobody may' : `weight ${minimum}`}`)
  }
  cli.out(`size    ${payload.length} bytes to sign`)
  cli.out(`id      ${shortId(id)}`)
  cli.say('nothing is sent')
  return EXIT.ok
}

/** An action can be written without a home; then `all` is the only macro. */
async function macrosOf(cli: Cli): Promise<Readonly<Record<string, string>>> {
  try {
    return (await openHome(cli.home)).config.macros
  } catch (error) {
    if (error instanceof MeshError && error.code === 'HOME_INVALID') return {}
    throw error
  }
}
