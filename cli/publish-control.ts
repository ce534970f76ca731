/** Control documents (cancel, revoke): signed, weighed, sent or handed on. */
import { fromUtf8 } from '../node/core/bytes.ts'
import { parseControl } from '../node/core/control.ts'
import type { ControlKind } from '../node/core/control.ts'
import { buildEnvelope, type Envelope } from '../node/core/envelope.ts'
import type { Home } from '../node/host/home.ts'
import { openHome } from '../node/host/home.ts'
import { requireMesh } from './ask.ts'
import type { Cli } from './cli.ts'
import { signPayload } from './compose.ts'
import { EXIT } from './exit.ts'
import { shortId } from './hunts.ts'
import { printSigned } from './print-action.ts'
import { quorumOf, requireQuorum } from './quorum.ts'
import { plural } from './render/summary.ts'
import { openSession, type Session } from './session.ts'
import { openSigner } from './signer.ts'

/** A signed control document, as it is. Resolves with the exit code. */
export async function publishControl(envelope: Envelope, cli: Cli): Promise<number> {
  const home = await openHome(cli.home)
  requireMesh(parseControl(envelope).mesh, home)
  requireQuorum(quorumOf(envelope, home.policy))
  await using session = await openSession(home, cli)
  return await sendControl(envelope, session, cli)
}

export interface ControlOrder {
  readonly kind: ControlKind
  readonly payload: Uint8Array
  /** Only print it, for a second person. */
  readonly isSignOnly: boolean
  /** The node to send it by; one is opened where there is none yet. */
  readonly session?: Session
}

/** Signs, then sends or prints. @throws MeshError REFUSED, SIGNING_FAILED */
export async function signAndSend(order: ControlOrder, home: Home, cli: Cli): Promise<number> {
  const { kind, payload, session } = order
  const signer = await openSigner(home, cli)
  const signature = await signPayload({ kind, payload }, { signer, signal: cli.signal })
  const envelope = buildEnvelope(kind, payload, [signature])
  if (order.isSignOnly) return printSigned(envelope, home, cli)
  requireQuorum(quorumOf(envelope, home.policy))
  if (session !== undefined) return await sendControl(envelope, session, cli)
  await using opened = await openSession(home, cli)
  return await sendControl(envelope, opened, cli)
}

async function sendControl(envelope: Envelope, session: Session, cli: Cli): Promise<number> {
  await session.ready()
  const publication = await session.api.publish(fromUtf8(envelope.bytes))
  const { storedBy, neighbours, confirmed, document } = publication
  if (cli.isJson) cli.json('published', { kind: envelope.kind, ...publication })
  const where = `${storedBy.length} of ${plural(neighbours, 'neighbour')} stored it`
  cli.say(`${envelope.kind} ${shortId(document)}: ${where}; the others hear of it by sync`)
  if (confirmed) return EXIT.ok
  cli.say(
    cli.paint('yellow', 'not confirmed; keep a node running with mig up, and it goes out again'),
  )
  return EXIT.partial
}
