/** Following a hunt on a terminal: a bar while answers arrive, which is gone before anything else is written. */
import { describe, expect, it } from 'vitest'
import { createCli, type Cli } from '../../cli/cli.ts'
import { readOptions } from '../../cli/flags.ts'
import { follow, type Followed } from '../../cli/follow.ts'
import { tally } from '../../node/core/hunt.ts'
import type { HuntEvent } from '../../node/core/investigator-api.ts'
import { NOW_MS } from '../helpers/documents.ts'
import { ACTION, agent, answerOf, huntOf } from '../helpers/answers.ts'
import { type RecordingIo, recordingIo } from '../helpers/recording-io.ts'

const ERASE = '\r\u001b[K'
const hunt: Followed = {
  action: ACTION,
  expireafter: NOW_MS,
  expected: 2,
  show: 'all',
  isMatchAsked: false,
}
const answers = [answerOf(), answerOf({ agent: agent('2'), name: 'two' })]
const done: HuntEvent = { type: 'done', tally: tally(huntOf(), answers, NOW_MS) }
const cliOf = ({ io }: RecordingIo): Cli =>
  createCli({ io, signal: new AbortController().signal, home: '/nowhere', flags: readOptions({}) })

async function* coming(): AsyncGenerator<HuntEvent> {
  for (const answer of answers) yield { type: 'answer', answer }
  yield done
}

describe('follow', () => {
  it('shows on a terminal how many have answered, one bar at a time, and leaves none behind', async () => {
    const terminal = recordingIo({ TERM: 'xterm' }, { isTerminal: true })
    expect(await follow(coming(), hunt, cliOf(terminal))).toBe(0)
    const bars = terminal
      .stderr()
      .split(ERASE)
      .filter((text) => text.startsWith('['))
    expect(bars).toEqual([
      `[${' '.repeat(24)}] 0 of 2 answered, 0 found something`,
      `[${'='.repeat(12)}${' '.repeat(12)}] 1 of 2 answered, 0 found something`,
      `[${'='.repeat(24)}] 2 of 2 answered, 0 found something`,
    ])
    const last = terminal.stderr().lastIndexOf(ERASE)
    expect(terminal.stderr().slice(last)).toContain(`2 of 2 agents answered`)
  })

  it('shows none where nobody looks', async () => {
    for (const quiet of [recordingIo({}), recordingIo({ TERM: 'dumb' }, { isTerminal: true })]) {
      await follow(coming(), hunt, cliOf(quiet))
      expect(quiet.stderr()).not.toContain('[')
    }
  })

  it('asks for the first event at once, which is what sends a launch', () => {
    let isAsked = false
    const events: AsyncIterable<HuntEvent> = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          isAsked = true
          return new Promise(() => undefined)
        },
      }),
    }
    void follow(events, hunt, cliOf(recordingIo()))
    expect(isAsked).toBe(true)
  })
})
