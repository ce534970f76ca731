/** `mig sign FILE`: adds this person's signature, to be handed on or launched. */
import { buildEnvelope, type Envelope } from '../../node/core/envelope.ts'
import { MeshError } from '../../node/core/errors.ts'
import { type Home, openHome } from '../../node/host/home.ts'
import type { Cli, Run } from '../cli.ts'
import { requireMesh } from '../ask.ts'
import { signPayload } from '../compose.ts'
import { readDocument } from '../document-file.ts'
import { readHuntOptions } from '../hunt-options.ts'
import { printSigned } from '../print-action.ts'
import { quorumOf } from '../quorum.ts'
import { openSigner, type PersonSigner } from '../signer.ts'
import { describeDocument } from '../render/document.ts'
import { launchDraft } from './launch.ts'

export const sign: Run = async ({ flags, args: [path = ''] }, cli) => {
  const document = await readDocument(path, cli.io)
  if (document.kind === 'draft') {
    return launchDraft(document.draft, { ...readHuntOptions(flags), mode: 'sign' }, cli)
  }
  const home = await openHome(cli.home)
  const { envelope } = document
  requireMesh(describeDocument(envelope).mesh, home)
  await requireGoodSignatures(envelope, home)
  const signer = await openSigner(home, cli)
  requireNewPerson(envelope, { home, signer })
  return printSigned(await addSignature(envelope, { signer, cli }), home, cli)
}

/** What somebody else signed is checked before a name is put beside it. @throws MeshError KEY_INVALID, ENVELOPE_MALFORMED */
async function requireGoodSignatures(envelope: Envelope, home: Home): Promise<void> {
  const { judgeSignatures } = await import('../../node/assembly/judge-evidence.ts')
  const bad = (await judgeSignatures(envelope, home.policy)).find(
    ({ reason }) => reason !== undefined,
  )
  if (bad === undefined) return
  throw new MeshError({
    code: 'KEY_INVALID',
    key: bad.keyid,
    reason: `its signature does not hold: ${bad.reason ?? ''}`,
  })
}

function requireNewPerson(
  envelope: Envelope,
  { home, signer }: { home: Home; signer: PersonSigner },
): void {
  if (!quorumOf(envelope, home.policy).people.has(signer.person)) return
  const reason = `${signer.person} has signed it already; another person must`
  throw new MeshError({ code: 'SIGNING_FAILED', key: signer.fingerprint, reason })
}

async function addSignature(
  { kind, payload, signatures }: Envelope,
  { signer, cli }: { signer: PersonSigner; cli: Cli },
): Promise<Envelope> {
  const signature = await signPayload({ kind, payload }, { signer, signal: cli.signal })
  return buildEnvelope(kind, payload, [...signatures, signature])
}
