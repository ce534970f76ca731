/** Hunts and agents' answers for tests of the investigator's side: right in form, signed by nobody. */
import { setImmediate } from 'node:timers/promises'
import { buildEnvelope } from '../../node/core/envelope.ts'
import type { HuntRecord } from '../../node/core/hunt.ts'
import type { DocumentId, PeerId } from '../../node/core/ids.ts'
import type { Records } from '../../node/core/ports.ts'
import { type Answer, encodeAnswer } from '../../node/core/result.ts'
import { HOUR_MS } from '../../node/core/time.ts'
import { AGENT, MESH, NOW_MS } from './documents.ts'
import { memoryRecords } from './ladder.ts'

export const ACTION = 'a'.repeat(64) as DocumentId
/** An agent's peer id that ends with this letter. */
export const agent = (last: string): PeerId => `${AGENT.slice(0, -1)}${last}` as PeerId

export const huntOf = (change: Partial<HuntRecord> = {}): HuntRecord => ({
  action: ACTION,
  name: 'a hunt',
  target: 'true',
  launchedAtMs: NOW_MS,
  expireafter: NOW_MS + HOUR_MS,
  answerwithin: 0,
  expected: [
    { peer: agent('1'), name: 'one' },
    { peer: agent('2'), name: 'two' },
  ],
  envelope: '',
  ...change,
})

export const answerOf = (change: Partial<Answer> = {}): Answer => ({
  mesh: MESH,
  action: ACTION,
  agent: agent('1'),
  name: 'one',
  status: 'success',
  at: NOW_MS,
  results: [],
  ...change,
})

export const envelopeOf = (answer: Answer): Uint8Array =>
  buildEnvelope('result', encodeAnswer(answer), [{ keyid: answer.agent, sig: new Uint8Array(64) }])
    .bytes

/** A disk that takes its time, so that races show. */
export function slowRecords(records: Records = memoryRecords()): Records {
  return {
    ...records,
    async get(key) {
      await setImmediate()
      return records.get(key)
    },
    async put(key, value) {
      for (let turn = 0; turn < 10; turn += 1) await setImmediate()
      return records.put(key, value)
    },
  }
}
