/** `mig revoke key FINGERPRINT`, `mig revoke agent PEER`: trust is withdrawn everywhere, for good. */
import { encodeControl } from '../../node/core/control.ts'
import { fingerprint, peerId } from '../../node/core/ids.ts'
import { parseWith } from '../../node/core/parse.ts'
import { openHome } from '../../node/host/home.ts'
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
  const payload = encodeControl('revoke', {
    mesh: home.policy.mesh.id,
    subject,
    reason: flags.text('reason') ?? '',
  })
  return signAndSend({ kind: 'revoke', payload, isSignOnly: flags.isSet('s') }, home, cli)
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
