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
import { contentLines, describeDocument } from '../render/document.ts'
import { readerLines } from '../render/readers.ts'
import { launchDraft } from './launch.ts'

export const sign: Run = async ({ flags, args: [path = ''] }, cli) => {
  const document = await readDocument(path, cli.io)
  if (document.kind === 'draft') {
    return launchDraft(document.draft, { ...readHuntOptions(flags), mode: 'sign' }, cli)
  }
  const home = await openHome(cli.home)
  const { envelope } = document
  const content = describeDocument(envelope)
  requireMesh(content.mesh, home)
  await requireGoodSignatures(envelope, home)
  sayContent(content, home, cli)
  const signer = await openSigner(home, cli)
  requireNewPerson(envelope, { home, signer })
  return printSigned(await addSignature(envelope, { signer, cli }), home, cli)
}

/** What it asks, and who reads the answers, stands on the terminal before a passphrase is asked for. */
function sayContent(content: ReturnType<typeof describeDocument>, home: Home, cli: Cli): void {
  for (const line of contentLines(content)) cli.say(line)
  if (content.kind === 'action') for (const line of readerLines(content, home.policy)) cli.say(line)
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
