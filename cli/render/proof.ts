/** What an evidence file proves and what it does not, in one sentence each: signatures vouch for keys, and nothing in a file vouches for its own keys. */
import type { Judgement } from '../../node/assembly/judge-evidence.ts'
import { plural } from './summary.ts'

export interface Proof {
  readonly proven: string
  readonly unproven: string
}

/** `isTrusted`: checked by a policy of the reader's own, not by the one in the file. For evidence that holds. */
export function proofOf(judgement: Judgement, isTrusted: boolean): Proof {
  const { signers, answers } = judgement
  const people = [...new Set(signers.flatMap(({ person }) => person ?? []))].join(' and ')
  const keys = isTrusted ? 'by the policy you trust' : 'if the keys in the file are theirs'
  const asked = `${people} asked exactly this (${keys})`
  const told = `each of ${plural(answers.length, 'answer')} is whole and by the agent key named with it`
  const agents =
    'that an agent key is the host it names itself (no policy lists agent keys: compare with mig agents), that its answer is true'
  return {
    proven: `${asked}, and ${told}`,
    unproven: `${agents}, that no answer is missing, and when anything was signed: times are the signers' own`,
  }
}
