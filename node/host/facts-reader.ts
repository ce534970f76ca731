/** This agent's own record, read again when told to; its heartbeat is the moment it is asked. */
import type { PeerId } from '../core/ids.ts'
import type { Clock, Facts } from '../core/ports.ts'
import type { AgentRecord } from '../core/target/record.ts'
import { readFacts } from './facts.ts'
import type { Home } from './home.ts'
import { VERSION } from './version.ts'

export interface FactsReader extends Facts {
  /** Reads the environment again; true when it differs from before. */
  refresh(): Promise<boolean>
}

export interface FactsReaderInit {
  readonly home: Home
  readonly self: PeerId
  readonly modules: readonly string[]
  readonly clock: Pick<Clock, 'now'>
}

export function createFactsReader({ home, self, modules, clock }: FactsReaderInit): FactsReader {
  const startedAtMs = clock.now()
  const { name, tags } = home.config
  const readNow = (): Promise<AgentRecord> =>
    readFacts({
      id: self,
      tags,
      mode: 'daemon',
      version: VERSION,
      startedAtMs,
      refreshedAtMs: clock.now(),
      modules,
      ...(name === undefined ? {} : { name }),
    }).then(toRecord)
  let current: Promise<AgentRecord> | undefined
  return {
    async read() {
      current ??= readNow()
      const reading = current
      reading.catch(() => {
        // Whatever it was, the next question may fare better.
        if (current === reading) current = undefined
      })
      return { ...(await reading), heartbeattime: clock.now() }
    },
    async refresh() {
      const before = await current
      const now = await readNow()
      current = Promise.resolve(now)
      return JSON.stringify(before?.environment) !== JSON.stringify(now.environment)
    },
  }
}

/** Facts are plain JSON; the record's environment is any JSON object. */
const toRecord = (facts: Awaited<ReturnType<typeof readFacts>>): AgentRecord => ({
  ...facts,
  environment: { ...facts.environment },
})
