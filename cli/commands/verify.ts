/** `mig verify FILE`: checks evidence without a mesh, a home or a network. */
import { MeshError } from '../../node/core/errors.ts'
import {
  differences,
  type Evidence,
  type EvidenceAction,
  type EvidenceAnswer,
  lateByMs,
  parseEvidence,
  type Rules,
  rulesOf,
} from '../../node/core/evidence.ts'
import { parsePolicy } from '../../node/core/policy.ts'
import { toInstant } from '../../node/core/time.ts'
import { judgeEvidence, type Check, type Judgement } from '../../node/assembly/judge-evidence.ts'
import type { Cli, Run } from '../cli.ts'
import { parseJson, readText } from '../document-file.ts'
import { formatDuration } from '../duration.ts'
import { EXIT } from '../exit.ts'
import { answerJson, answerLines } from '../render/answer.ts'
import { actionLines } from '../render/document.ts'
import { printable } from '../../node/core/printable.ts'
import { readerLines } from '../render/readers.ts'
import { proofOf } from '../render/proof.ts'
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
  else await print(judgement, { evidence, cli })
  sayTrust({ carried, trusted, path: trustedPath }, cli)
  const failed = judgement.checks.find(({ reason }) => reason !== undefined)
  if (cli.isJson) printVerdict(judgement, { carried, trusted }, cli)
  if (failed === undefined) {
    const { proven, unproven } = proofOf(judgement, trusted !== undefined)
    cli.say(cli.paint('green', `holds: ${plural(judgement.checks.length, 'check')} passed`))
    cli.say(`proven: ${proven}`)
    cli.say(`not proven: ${unproven}`)
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

async function print(
  { action, answers, signers, checks }: Judgement,
  { evidence, cli }: Printing,
): Promise<void> {
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
  for (const each of answers) {
    const { answer, agent } = each
    const late = lateWords(each, action)
    cli.out(
      `answered ${printable(answer.name)} ${agent}, ${toInstant(answer.at)}${late}: ${answer.status}`,
    )
    for (const line of await answerLines(answer, 'found')) cli.out(`  ${line}`)
  }
  for (const check of checks) cli.out(checkLine(check, cli))
}

/** Of an answer that was made after its action had ended. */
function lateWords(each: EvidenceAnswer, action: EvidenceAction | undefined): string {
  const lateMs = action === undefined ? 0 : lateByMs(each, action)
  return lateMs === 0 ? '' : `, LATE by ${formatDuration(lateMs)}`
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
  for (const each of answers)
    cli.json('answer', {
      ...answerJson(each.answer),
      late: action !== undefined && lateByMs(each, action) > 0,
    })
  for (const { item, reason } of checks)
    cli.json('check', {
      item,
      holds: reason === undefined,
      ...(reason === undefined ? {} : { reason }),
    })
}

function printVerdict(
  judgement: Judgement,
  { carried, trusted }: Pick<Trust, 'carried' | 'trusted'>,
  cli: Cli,
): void {
  const holds = judgement.checks.every(({ reason }) => reason === undefined)
  cli.json('verdict', {
    holds,
    keys: trusted === undefined ? 'carried' : 'trusted',
    ...(trusted === undefined ? {} : { differs: differences(carried, trusted) }),
    ...(holds ? proofOf(judgement, trusted !== undefined) : {}),
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
