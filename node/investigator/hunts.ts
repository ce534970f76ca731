/** Hunts under way: who is expected, what has come, when it is over. Yields events to whoever follows. */
import { toUtf8 } from '../core/bytes.ts'
import { parseAction } from '../core/action.ts'
import { parseEnvelope } from '../core/envelope.ts'
import { MeshError } from '../core/errors.ts'
import { type HuntRecord, silenceAtMs, type Tally, tally } from '../core/hunt.ts'
import type { DocumentId } from '../core/ids.ts'
import type { AgentSight, HuntEvent, HuntReport } from '../core/investigator-api.ts'
import type { Clock } from '../core/ports.ts'
import type { Answer } from '../core/result.ts'
import { CLOCK_SKEW_MS } from '../core/action.ts'
import { SECOND_MS } from '../core/time.ts'
import type { ResultShelf } from './result-shelf.ts'

/** An agent that said `started` is waited for this much longer than its action lives. */
const LAST_ANSWERS_MS = 10 * SECOND_MS

export interface HuntsPorts {
  readonly clock: Clock
  readonly shelf: ResultShelf
  onAnswer: (listener: (answer: Answer) => void) => () => void
}

export interface Hunts {
  /** Remembers who is expected, from the facts known now. */
  begin(envelopeText: string, expected: readonly AgentSight[]): Promise<HuntRecord>
  /** Answers that are here already, then what comes, then the tally. Ends early when `signal` is aborted. */
  follow(action: DocumentId, options: FollowOptions): AsyncGenerator<HuntEvent>
  report(action: DocumentId): Promise<HuntReport>
}

interface FollowOptions {
  readonly signal: AbortSignal
  /** Waits for silent targets too, until the action has expired. */
  readonly isPatient: boolean
}

export function createHunts({ clock, shelf, onAnswer }: HuntsPorts): Hunts {
  const required = (action: DocumentId): HuntRecord => {
    const hunt = shelf.hunt(action)
    if (hunt === undefined) throw new MeshError({ code: 'NOT_FOUND', what: 'action', id: action })
    return hunt
  }
  const standing = async (hunt: HuntRecord): Promise<Tally> =>
    tally(hunt, await shelf.answers(hunt.action), clock.now())

  return {
    async begin(envelope, expected) {
      const { payload, documentId } = parseEnvelope(toUtf8(envelope))
      const action = parseAction(payload)
      return shelf.putHunt({
        action: documentId,
        name: action.name,
        target: action.target,
        launchedAtMs: clock.now(),
        expireafter: action.expireafter,
        answerwithin: action.answerwithin,
        expected: expected.map(({ peer, record }) => ({ peer, name: record.name })),
        envelope,
      })
    },
    async *follow(action, { signal, isPatient }) {
      const hunt = required(action)
      const news = createQueue<Answer>()
      const stop = onAnswer((answer) => {
        if (answer.action === action) news.push(answer)
      })
      const endNow = (): void => {
        news.push(undefined)
      }
      signal.addEventListener('abort', endNow)
      try {
        const seen = new Map<string, Answer>()
        for (const answer of await shelf.answers(action)) {
          seen.set(answer.agent, answer)
          yield { type: 'answer', answer }
        }
        yield* stream({ hunt, clock, news, seen, signal, isPatient })
        yield { type: 'done', tally: await standing(hunt) }
      } finally {
        stop()
        signal.removeEventListener('abort', endNow)
      }
    },
    async report(action) {
      const hunt = required(action)
      return { hunt, answers: await shelf.answers(action), tally: await standing(hunt) }
    },
  }
}

interface Following extends FollowOptions {
  readonly hunt: HuntRecord
  readonly clock: Clock
  readonly news: Queue<Answer>
  readonly seen: Map<string, Answer>
}

async function* stream(following: Following): AsyncGenerator<HuntEvent> {
  const { clock, news, seen, signal } = following
  for (;;) {
    const untilMs = waitsUntilMs(following)
    if (signal.aborted || untilMs === undefined) return
    const cancel = clock.after(untilMs - clock.now(), () => {
      news.push(undefined)
    })
    const answer = await news.next()
    cancel()
    if (answer === undefined || isSame(answer, seen.get(answer.agent))) continue
    seen.set(answer.agent, answer)
    yield { type: 'answer', answer }
  }
}

/** One that was read from disk may be in the news as well. */
const isSame = (answer: Answer, before: Answer | undefined): boolean =>
  answer.at === before?.at && answer.status === before.status

/** When to look again, should nothing come; `undefined`: nobody is waited for any more. */
function waitsUntilMs({ hunt, clock, seen, isPatient }: Following): number | undefined {
  const nowMs = clock.now()
  const { counts, targets } = tally(hunt, [...seen.values()], nowMs)
  const silentAtMs = silenceAtMs(hunt)
  // Nobody was known when it began: whoever answers within the usual time still counts.
  const mayAnswer = counts.waiting > 0 || targets.length === 0
  if (mayAnswer && nowMs < silentAtMs) return silentAtMs
  const lastMs = hunt.expireafter + CLOCK_SKEW_MS + LAST_ANSWERS_MS
  const isOut = counts.running > 0 || (isPatient && counts.silent > 0)
  return isOut && nowMs < lastMs ? lastMs : undefined
}

interface Queue<T> {
  /** `undefined` wakes the reader without news. */
  push(value: T | undefined): void
  next(): Promise<T | undefined>
}

/** Bounded by the answers of one hunt, which are on disk already. */
function createQueue<T>(): Queue<T> {
  const values: (T | undefined)[] = []
  let wake = (): void => undefined
  return {
    push(value) {
      values.push(value)
      wake()
    },
    async next() {
      while (values.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      return values.shift()
    },
  }
}
