/** `mig launch FILE`: sends what is in a file. */
import type { Operation } from '../../node/core/action.ts'
import type { Draft } from '../../node/core/draft.ts'
import { MeshError } from '../../node/core/errors.ts'
import { printable } from '../../node/core/printable.ts'
import { ask, askSigned } from '../ask.ts'
import { type Cli, flagInvalid, type Run } from '../cli.ts'
import { readDocument } from '../document-file.ts'
import { type HuntOptions, readHuntOptions } from '../hunt-options.ts'
import { renewOperations } from '../renew-operations.ts'
import { publishControl } from '../publish-control.ts'

export const launch: Run = async ({ flags, args }, cli) => {
  const given = [flags.text('i'), ...args].filter((path) => path !== undefined)
  const [path, another] = given
  if (path === undefined || another !== undefined)
    throw flagInvalid('mig launch', 'takes one action file')
  const options = readHuntOptions(flags)
  const document = await readDocument(path, cli.io)
  if (document.kind === 'draft') return launchDraft(document.draft, options, cli)
  requireUnchanged(options)
  return document.envelope.kind === 'action'
    ? askSigned(document.envelope, options, cli)
    : publishControl(document.envelope, cli)
}

/** Flags stand in for what the file says: its target, its name, its expiry. */
export async function launchDraft(draft: Draft, options: HuntOptions, cli: Cli): Promise<number> {
  const { checkOperations } = await import('../check-operations.ts')
  const operations = renew(draft, cli)
  await checkOperations(operations)
  const { expireafter, ...rest } = draft
  return ask(
    {
      ...rest,
      operations: [...operations],
      ...(options.isExpiryGiven || expireafter === undefined ? {} : { expireafter }),
      name: options.name ?? draft.name,
      target: options.target ?? draft.target,
    },
    options,
    cli,
  )
}

/** Says what of the file is not taken as it is written. @throws MeshError ACTION_INVALID when nothing is left to ask */
function renew({ operations: written, dropped }: Draft, cli: Cli): readonly Operation[] {
  const { operations, notes } = renewOperations(written)
  const keys =
    dropped.length === 0 ? [] : [`left out, they mean nothing here: ${dropped.join(', ')}`]
  for (const note of [...keys, ...notes]) cli.say(cli.paint('yellow', printable(note)))
  if (operations.length > 0) return operations
  const reason = 'asks for nothing that there is here'
  throw new MeshError({ code: 'ACTION_INVALID', path: 'operations', reason })
}

/** @throws MeshError FLAG_INVALID naming the first flag that would change what is signed */
function requireUnchanged({ target, name, isExpiryGiven, earlier, mode }: HuntOptions): void {
  if (mode === 'sign') throw flagInvalid('-s', 'use mig sign FILE for a signed action')
  const changes: readonly (readonly [string, boolean])[] = [
    ['-t', target !== undefined],
    ['-n', name !== undefined],
    ['-e', isExpiryGiven],
    ['-p', mode === 'print'],
    [earlier?.isFound === false ? '-target-notfound' : '-target-found', earlier !== undefined],
  ]
  const flag = changes.find(([, isGiven]) => isGiven)?.[0]
  if (flag !== undefined) throw flagInvalid(flag, 'changes nothing in an action that is signed')
}
