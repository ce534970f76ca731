/** `mig revoke key FINGERPRINT`, `mig revoke agent PEER`: trust is withdrawn everywhere, for good. */
import { encodeControl } from '../../node/core/control.ts'
import { fingerprint, peerId } from '../../node/core/ids.ts'
import { parseWith } from '../../node/core/parse.ts'
import { type Home, openHome } from '../../node/host/home.ts'
import { describeKey } from '../../node/pgp/keyring.ts'
import { type Run, flagInvalid } from '../cli.ts'
import { signAndSend } from '../publish-control.ts'

type Subject = Parameters<typeof encodeControl>[1] extends infer Wire
  ? Wire extends { subject: infer S }
    ? S
    : never
  : never

export const revoke: Run = async ({ flags, args: [kind = '', id = ''] }, cli) => {
  const subject = readSubject(kind, id)
  const home = await openHome(cli.home)
  if (subject.kind === 'key') await requirePrimary(subject.fingerprint, home)
  const payload = encodeControl('revoke', {
    mesh: home.policy.mesh.id,
    subject,
    reason: flags.text('reason') ?? '',
  })
  return signAndSend({ kind: 'revoke', payload, isSignOnly: flags.isSet('s') }, home, cli)
}

/** Peers know people by primary keys: a revoked subkey would revoke nothing, and look as if it had. @throws MeshError FLAG_INVALID */
async function requirePrimary(print: string, { policy }: Home): Promise<void> {
  for (const { fingerprint: primary, subkeys } of await Promise.all(
    policy.keyring.map(describeKey),
  ))
    if (subkeys.includes(print))
      throw flagInvalid('mig revoke key', `that is a subkey; revoke its primary key ${primary}`)
}

/** @throws MeshError FLAG_INVALID */
function readSubject(kind: string, id: string): Subject {
  if (kind === 'key') {
    const parsed = parseWith(fingerprint, id.replace(/\s|^0x/gu, '').toLowerCase())
    if (parsed.ok) return { kind, fingerprint: parsed.value }
    throw flagInvalid('mig revoke key', parsed.reason)
  }
  if (kind === 'agent') {
    const parsed = parseWith(peerId, id)
    if (parsed.ok) return { kind, peer: parsed.value }
    throw flagInvalid('mig revoke agent', `${parsed.reason}; mig agents --json lists them`)
  }
  throw flagInvalid('mig revoke', `what to revoke is key or agent, not ${JSON.stringify(kind)}`)
}
