/** Hunts under way: who is expected, what has come, when it is over. Yields events to whoever follows. */
import { toUtf8 } from '../core/bytes.ts'
import { parseAction } from '../core/action.ts'
import { parseEnvelope } from '../core/envelope.ts'
import { MeshError } from '../core/errors.ts'
import { type HuntRecord, tally } from '../core/hunt.ts'
import type { DocumentId } from '../core/ids.ts'
import type { AgentSight, HuntEvent, HuntReport } from '../core/investigator-api.ts'
import type { Clock } from '../core/ports.ts'
import type { Answer } from '../core/result.ts'
import type { ResultShelf } from './result-shelf.ts'
import { createRoll, type Roll } from './roll.ts'

export interface HuntsPorts {
  readonly clock: Clock
  readonly shelf: ResultShelf
  onAnswer: (listener: (answer: Answer) => void) => () => void
}

export interface Hunts {
  /** Remembers who is expected, from the facts known now. It was launched now, unless an earlier moment is given. */
  begin(
    envelopeText: string,
    expected: readonly AgentSight[],
    launchedAtMs?: number,
  ): Promise<HuntRecord>
  /** Answers that are here already, then what comes, then the tally. Ends early when `signal` is aborted. */
  follow(action: DocumentId, options: FollowOptions): AsyncGenerator<HuntEvent>
  /** @throws MeshError NOT_FOUND */
  find(action: DocumentId): HuntRecord
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

  return {
    find: required,
    async begin(envelope, expected, launchedAtMs = clock.now()) {
      const { payload, documentId } = parseEnvelope(toUtf8(envelope))
      const action = parseAction(payload)
      return shelf.putHunt({
        action: documentId,
        name: action.name,
        target: action.target,
        launchedAtMs: Math.min(launchedAtMs, clock.now()),
        validfrom: action.validfrom,
        expireafter: action.expireafter,
        answerwithin: action.answerwithin,
        expected: expected.map(({ peer, record }) => ({ peer, name: record.name })),
        envelope,
      })
    },
    async *follow(action, { signal, isPatient }) {
      const hunt = required(action)
      const roll = createRoll(hunt, isPatient)
      const news = createQueue<Answer>()
      const stop = onAnswer((answer) => {
        if (answer.action === action) news.push(answer)
      })
      const endNow = (): void => {
        news.push(undefined)
      }
      signal.addEventListener('abort', endNow)
      try {
        for (const answer of await shelf.answers(action)) {
          roll.note(answer)
          yield { type: 'answer', answer }
        }
        yield* stream({ roll, clock, news, signal })
        yield { type: 'done', tally: tally(hunt, roll.answers(), clock.now()) }
      } finally {
        stop()
        signal.removeEventListener('abort', endNow)
      }
    },
    async report(action) {
      const hunt = required(action)
      const answers = await shelf.answers(action)
      return { hunt, answers, tally: tally(hunt, answers, clock.now()) }
    },
  }
}

interface Following {
  readonly roll: Roll
  readonly clock: Clock
  readonly news: Queue<Answer>
  readonly signal: AbortSignal
}

async function* stream({ roll, clock, news, signal }: Following): AsyncGenerator<HuntEvent> {
  for (;;) {
    const untilMs = roll.waitsUntilMs(clock.now())
    if (signal.aborted || untilMs === undefined) return
    const cancel = clock.after(untilMs - clock.now(), () => {
      news.push(undefined)
    })
    const answer = await news.next()
    cancel()
    // One that was read from disk may be in the news as well.
    if (answer !== undefined && roll.note(answer)) yield { type: 'answer', answer }
  }
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
