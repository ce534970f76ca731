/** Asks a question of the mesh: composes, signs, weighs, sends, follows. What can be refused is refused before anything is sent. */
import { unknownModules } from '../node/core/acl.ts'
import { encodeAction, parseAction } from '../node/core/action.ts'
import { fromUtf8 } from '../node/core/bytes.ts'
import type { Draft } from '../node/core/draft.ts'
import type { Envelope } from '../node/core/envelope.ts'
import { MeshError } from '../node/core/errors.ts'
import { type Home, openHome } from '../node/host/home.ts'
import type { Signer } from '../node/pgp/sign.ts'
import type { Cli } from './cli.ts'
import { composeAction, requireFuture, signAction, type Survey, survey } from './compose.ts'
import { follow } from './follow.ts'
import type { HuntOptions } from './hunt-options.ts'
import { printDraft, printDryRun, printSigned } from './print-action.ts'
import { quorum, quorumOf, requireQuorum } from './quorum.ts'
import { plural } from './render/summary.ts'
import { embedSession, findSession, openSession, type Session } from './session.ts'
import { openSigner, preloadSigning } from './signer.ts'
import { checkTarget, expandTarget, LOCAL, narrowTarget } from './target.ts'

/** An unsigned action, whose target is as it was typed. Resolves with the exit code. */
export async function ask(draft: Draft, options: HuntOptions, cli: Cli): Promise<number> {
  if (draft.target.trim() === LOCAL) {
    return (await import('./ask-here.ts')).askHere(draft, options, cli)
  }
  if (options.mode === 'print' && options.earlier === undefined)
    return await printDraft(draft, options, cli)
  const home = await openHome(cli.home)
  const target = expandTarget(draft.target, home.config.macros)
  const { running, early, signer } = await prepare({ draft, target, home }, options, cli)
  await using session = running ?? (await embedSession(home, cli))
  await session.ready()
  const narrowed = await narrow(target, options, session)
  const question = { ...draft, target: narrowed }
  if (options.mode === 'print') return await printDraft(question, options, cli)
  const known = (narrowed === target ? early : undefined) ?? (await survey(narrowed, session))
  const { expected } = known
  const action = composeAction(question, options.expiryMs, known)
  if (signer === undefined) {
    return printDryRun({ action, expected, payload: encodeAction(action) }, home, cli)
  }
  const envelope = await signAction(action, { signer, signal: cli.signal })
  if (options.mode === 'sign') return printSigned(envelope, home, cli)
  return await send(envelope, { expected, options, session }, cli)
}

/** One person alone, before the mesh is looked for. @throws MeshError */
function requireOwnQuorum({ operations }: Draft, { fingerprint }: Signer, { policy }: Home): void {
  const entries = operations.map(({ module }) => module)
  requireQuorum(quorum({ entries, keyids: [fingerprint] }, policy))
}

const narrow = async (
  target: string,
  { earlier }: HuntOptions,
  { api }: Session,
): Promise<string> => (earlier === undefined ? target : await narrowTarget(target, earlier, api))

const needsKey = ({ mode }: HuntOptions): boolean => mode === 'send' || mode === 'sign'

interface Prepared {
  /** The node that runs for this home, and what it knows of the target. */
  readonly running: Session | undefined
  readonly early: Survey | undefined
  /** `undefined` where nothing is signed. */
  readonly signer: Signer | undefined
}

/** Everything that can be refused before a mesh is looked for. */
async function prepare(
  { draft, target, home }: { draft: Draft; target: string; home: Home },
  options: HuntOptions,
  cli: Cli,
): Promise<Prepared> {
  const [{ running, early }] = await Promise.all([
    findEarly(target, home),
    needsKey(options) ? preloadSigning(home) : undefined,
  ])
  const signer = needsKey(options) ? await openSigner(home, cli) : undefined
  await warnOfUnknownModules(home, cli)
  if (options.mode === 'send' && signer !== undefined) requireOwnQuorum(draft, signer, home)
  return { running, early, signer }
}

/**
 * Before a person is asked for a passphrase, or waits for a mesh. By the node that runs, where one does: reading the grammar
 * of targets takes a fifth of a short command's time. @throws MeshError TARGET_INVALID
 */
async function findEarly(target: string, home: Home): Promise<Pick<Prepared, 'running' | 'early'>> {
  const running = await findSession(home)
  if (running !== undefined) return { running, early: await survey(target, running) }
  await checkTarget(target)
  return { running, early: undefined }
}

/** The policy's keeper may have meant another module, which then falls to `default`. */
async function warnOfUnknownModules({ policy }: Home, cli: Cli): Promise<void> {
  const { MODULE_NAMES } = await import('../agent-modules/registry.ts')
  const unknown = unknownModules(policy.acl, MODULE_NAMES)
  if (unknown.length === 0) return
  const words = `the policy has rules for modules that this version does not have: ${unknown.join(', ')}; it has ${MODULE_NAMES.join(', ')}`
  cli.say(cli.paint('yellow', words))
}

/** A signed action, as it is. Resolves with the exit code. */
export async function askSigned(
  envelope: Envelope,
  options: HuntOptions,
  cli: Cli,
): Promise<number> {
  const home = await openHome(cli.home)
  const action = parseAction(envelope.payload)
  requireMesh(action.mesh, home)
  requireFuture(action)
  requireQuorum(quorumOf(envelope, home.policy))
  await using session = await openSession(home, cli)
  await session.ready()
  const expected = (await session.api.agents(action.target)).length
  if (options.mode === 'dry-run') {
    return printDryRun({ action, expected, payload: envelope.payload }, home, cli)
  }
  return await send(envelope, { expected, options, session }, cli)
}

/** @throws MeshError ACTION_INVALID */
export function requireMesh(mesh: string, { policy }: Home): void {
  if (mesh === policy.mesh.id) return
  const reason = `made for another mesh than ${policy.mesh.name}`
  throw new MeshError({ code: 'ACTION_INVALID', path: 'mesh', reason })
}

interface Sending {
  readonly expected: number
  readonly options: Pick<HuntOptions, 'show' | 'isMatchAsked'>
  readonly session: Session
}

async function send(
  envelope: Envelope,
  { expected, options, session }: Sending,
  cli: Cli,
): Promise<number> {
  const { expireafter } = parseAction(envelope.payload)
  cli.say(`${plural(expected, 'agent')} will be questioned`)
  const events = session.api.launch(fromUtf8(envelope.bytes), cli.signal)
  const { show, isMatchAsked } = options
  return await follow(
    events,
    { action: envelope.documentId, expireafter, expected, show, isMatchAsked },
    cli,
  )
}
