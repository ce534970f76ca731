/** A process that has a child run the module named on its command line, and waits to be killed. */
import { systemClock } from '../../../node/host/system.ts'
import { childCommand } from '../../../node/runner/command.ts'
import { defaultLimits } from '../../../node/runner/limits.ts'
import { openRunner } from '../../../node/runner/run-module.ts'
import { startChild } from '../../../node/runner/start-child.ts'

const [registry = '', module = '', text = '', wrapped] = process.argv.slice(2)
const operation = { module, parameters: { text } }

if (wrapped === 'wrapped') {
  const runner = await openRunner({ clock: systemClock, registry })
  const { signal } = new AbortController()
  await runner.run(operation, { signal, timeoutMs: 600_000, untilMs: Infinity })
} else {
  const limits = defaultLimits(1)
  const command = childCommand({ limits, registry, wrappers: {}, waitingDataBytes: 0, cores: 1 })
  const child = startChild(command)
  child.send({ ...operation, startedAtMs: systemClock.now(), room: { findings: 1, bytes: 1 } })
  await child.exited
}
