/** `mig verify FILE`: checks evidence without a mesh, a home or a network. */
import { MeshError } from '../../node/core/errors.ts'
import {
  differences,
  type Evidence,
  parseEvidence,
  type Rules,
  rulesOf,
} from '../../node/core/evidence.ts'
import { parsePolicy } from '../../node/core/policy.ts'
import { toInstant } from '../../node/core/time.ts'
import { judgeEvidence, type Check, type Judgement } from '../../node/assembly/judge-evidence.ts'
import type { Cli, Run } from '../cli.ts'
import { parseJson, readText } from '../document-file.ts'
import { EXIT } from '../exit.ts'
import { answerLines } from '../render/answer.ts'
import { actionLines } from '../render/document.ts'
import { printable } from '../../node/core/printable.ts'
import { readerLines } from '../render/readers.ts'
import { plural } from '../render/summary.ts'

/** What one string of JavaScript can hold, with room to spare. */
const EVIDENCE_SIZE_LIMIT = 400 * 1024 * 1024

export const verify: Run = async ({ flags, args: [path = ''] }, cli) => {
  const evidence = parseEvidence(await readJson(path, cli))
  const carried = rulesOf(evidence)
  const trustedPath = flags.text('policy')
  const trusted =
    trustedPath === undefined ? undefined : parsePolicy(await readJson(trustedPath, cli))
  const judgement = await judgeEvidence(evidence, trusted ?? carried)
  if (cli.isJson) printJson(judgement, { evidence, cli })
  else print(judgement, { evidence, cli })
  sayTrust({ carried, trusted, path: trustedPath }, cli)
  const failed = judgement.checks.find(({ reason }) => reason !== undefined)
  if (failed === undefined) {
    cli.say(cli.paint('green', `holds: ${plural(judgement.checks.length, 'check')} passed`))
    return EXIT.ok
  }
  throw new MeshError({
    code: 'EVIDENCE_INVALID',
    reason: `${failed.item}: ${failed.reason ?? ''}`,
  })
}

const readJson = async (path: string, cli: Cli): Promise<unknown> =>
  parseJson(await readText(path, { io: cli.io, limit: EVIDENCE_SIZE_LIMIT }), path)

interface Printing {
  readonly evidence: Evidence
  readonly cli: Cli
}

function print({ action, answers, signers, checks }: Judgement, { evidence, cli }: Printing): void {
  const { mesh } = evidence.policy
  cli.out(`mesh     ${printable(mesh.name)} ${mesh.id}`)
  cli.out(`exported ${toInstant(evidence.exportedat)}`)
  if (action !== undefined) {
    cli.out(`action   ${action.envelope.documentId}`)
    for (const line of [
      ...actionLines(action.action),
      ...readerLines(action.action, evidence.policy),
    ])
      cli.out(line)
  }
  for (const { person, keyid, signedAtMs } of signers) {
    const when = signedAtMs === undefined ? '' : `, ${toInstant(signedAtMs)}`
    cli.out(`asked by ${person ?? 'a stranger'}, key ${keyid}${when}`)
  }
  for (const { answer, agent } of answers) {
    cli.out(
      `answered ${printable(answer.name)} ${agent}, ${toInstant(answer.at)}: ${answer.status}`,
    )
    for (const line of answerLines(answer, 'found')) cli.out(`  ${line}`)
  }
  for (const check of checks) cli.out(checkLine(check, cli))
}

function checkLine({ item, reason }: Check, { paintData }: Cli): string {
  return reason === undefined
    ? `${paintData('green', 'good')}     ${printable(item)}`
    : `${paintData('red', 'BAD')}      ${printable(item)}: ${printable(reason)}`
}

function printJson(
  { action, answers, signers, checks }: Judgement,
  { evidence, cli }: Printing,
): void {
  cli.json('evidence', {
    mesh: evidence.policy.mesh,
    exportedat: toInstant(evidence.exportedat),
    ...(action === undefined ? {} : { action: action.envelope.documentId, ...action.action }),
    signers,
  })
  for (const { answer } of answers) cli.json('answer', { ...answer, at: toInstant(answer.at) })
  for (const { item, reason } of checks)
    cli.json('check', {
      item,
      holds: reason === undefined,
      ...(reason === undefined ? {} : { reason }),
    })
}

interface Trust {
  readonly carried: Rules
  readonly trusted: Rules | undefined
  readonly path: string | undefined
}

/** Whose keys it was checked by: evidence cannot vouch for its own keys. */
function sayTrust({ carried, trusted, path }: Trust, cli: Cli): void {
  if (trusted === undefined) {
    cli.say(
      cli.paint(
        'yellow',
        'checked by the keys and rules in the file itself; --policy FILE checks by those you trust',
      ),
    )
    return
  }
  const parts = differences(carried, trusted)
  const same =
    parts.length === 0 ? 'the file carries the same' : `the file carries other ${parts.join(', ')}`
  cli.say(`checked by the keys and rules of ${path ?? ''}; ${same}`)
}
