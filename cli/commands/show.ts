/** `mig show FILE|ID`: what a document says, who signed it, what that weighs. */
import { existsSync } from 'node:fs'
import { toUtf8 } from '../../node/core/bytes.ts'
import { type Envelope, parseEnvelope } from '../../node/core/envelope.ts'
import { type Home, openHome } from '../../node/host/home.ts'
import type { Cli, Run } from '../cli.ts'
import { readDocument } from '../document-file.ts'
import { EXIT } from '../exit.ts'
import { findHunt } from '../hunts.ts'
import { quorumOf, weightLine } from '../quorum.ts'
import { actionLines, contentLines, describeDocument } from '../render/document.ts'
import { readerLines } from '../render/readers.ts'
import { openSession } from '../session.ts'

export const show: Run = async ({ args: [name = ''] }, cli) => {
  if (name !== '-' && !existsSync(name)) return showHunt(name, cli)
  const document = await readDocument(name, cli.io)
  if (document.kind === 'envelope')
    return await showSigned(document.envelope, await openHome(cli.home), cli)
  const { dropped, ...draft } = document.draft
  if (cli.isJson) cli.json('draft', { ...draft })
  else for (const line of [...actionLines(document.draft), 'signed   by nobody']) cli.out(line)
  if (dropped.length > 0) cli.say(`without meaning in an unsigned action: ${dropped.join(', ')}`)
  return EXIT.ok
}

async function showHunt(id: string, cli: Cli): Promise<number> {
  const home = await openHome(cli.home)
  await using session = await openSession(home, cli)
  const { envelope } = await findHunt(session.api, id)
  return await showSigned(parseEnvelope(toUtf8(envelope)), home, cli)
}

async function showSigned(envelope: Envelope, home: Home, cli: Cli): Promise<number> {
  const { judgeSignatures } = await import('../../node/assembly/judge-evidence.ts')
  const document = describeDocument(envelope)
  const judged = await judgeSignatures(envelope, home.policy)
  const { weighings } = quorumOf(envelope, home.policy)
  const isGood = judged.every(({ reason }) => reason === undefined)
  if (cli.isJson) {
    cli.json(document.kind, { id: envelope.documentId, ...document, signatures: judged, weighings })
  } else {
    cli.out(`${document.kind.padEnd(8)} ${envelope.documentId}`)
    for (const line of contentLines(document)) cli.out(line)
    if (document.kind === 'action')
      for (const line of readerLines(document, home.policy)) cli.out(line)
    for (const { keyid, person, reason } of judged) {
      cli.out(`signed   by ${person ?? 'a stranger'}, ${keyid}: ${reason ?? 'good'}`)
    }
    for (const weighing of weighings) cli.out(`weight   ${weightLine(weighing)}`)
  }
  return isGood ? EXIT.ok : EXIT.unverified
}
