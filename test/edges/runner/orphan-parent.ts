/** A process that opens a runner, starts the module named on its command line, and waits to be killed. */
import { systemClock } from '../../../node/host/system.ts'
import { openRunner } from '../../../node/runner/run-module.ts'

const [registry = '', module = '', text = ''] = process.argv.slice(2)
const runner = await openRunner({ clock: systemClock, registry })
await runner.run(
  { module, parameters: { text } },
  { signal: new AbortController().signal, timeoutMs: 600_000 },
)
