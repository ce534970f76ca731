/** `mig cancel ID`: stops an action wherever it runs. */
import { encodeControl } from '../../node/core/control.ts'
import { toInstant } from '../../node/core/time.ts'
import { openHome } from '../../node/host/home.ts'
import type { Run } from '../cli.ts'
import { findHunt } from '../hunts.ts'
import { signAndSend } from '../publish-control.ts'
import { openSession } from '../session.ts'

export const cancel: Run = async ({ flags, args: [id = ''] }, cli) => {
  const home = await openHome(cli.home)
  await using session = await openSession(home, cli)
  const { action, expireafter } = await findHunt(session.api, id)
  const payload = encodeControl('cancel', {
    mesh: home.policy.mesh.id,
    action,
    expireafter: toInstant(expireafter),
    reason: flags.text('reason') ?? '',
  })
  return await signAndSend(
    { kind: 'cancel', payload, isSignOnly: flags.isSet('s'), session },
    home,
    cli,
  )
}
