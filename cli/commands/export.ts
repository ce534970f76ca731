/** `mig export ID --evidence FILE`: everything signed about an action, in one file. */
import { buildEvidence } from '../../node/core/evidence.ts'
import { openHome } from '../../node/host/home.ts'
import { systemClock } from '../../node/host/system.ts'
import { flagInvalid, type Run } from '../cli.ts'
import { EXIT } from '../exit.ts'
import { findHunt, shortId } from '../hunts.ts'
import { plural } from '../render/summary.ts'
import { openSession } from '../session.ts'
import { writeNew } from '../write-new.ts'

export const exportEvidence: Run = async ({ flags, args: [id = ''] }, cli) => {
  const path = flags.text('evidence')
  if (path === undefined)
    throw flagInvalid('-evidence', 'is required: the file to write, or - for stdout')
  const home = await openHome(cli.home)
  await using session = await openSession(home, cli)
  const { action } = await findHunt(session.api, id)
  const material = await session.api.evidence(action)
  const text = buildEvidence(material, home.policy, systemClock.now())
  if (path === '-') cli.io.stdout.write(text)
  else await writeNew(path, text)
  const conflicts =
    material.conflicts.length === 0 ? '' : `, ${plural(material.conflicts.length, 'conflict')}`
  cli.say(
    `action ${shortId(action)}, ${plural(material.results.length, 'signed answer')}${conflicts}; check it with: mig verify ${path}`,
  )
  return EXIT.ok
}
