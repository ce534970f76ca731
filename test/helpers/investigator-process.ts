/**
 * An investigator's node as a process to be killed: envelopes to launch come in on stdin, one JSON line each, and every answer
 * it shows goes out on stdout.
 */
import { createInterface } from 'node:readline'
import { openInvestigatorNode } from '../../node/assembly/investigator-node.ts'
import { openHome } from '../../node/host/home.ts'
import { openLogger } from '../../node/host/logger.ts'

const print = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

const home = await openHome(process.argv[2] ?? '')
const { api, ready } = await openInvestigatorNode(home, openLogger())
await ready()
print({ event: 'ready' })

let followers = 0

async function launch(envelope: string): Promise<void> {
  const follower = (followers += 1)
  for await (const event of api.launch(envelope, AbortSignal.timeout(600_000))) {
    if (event.type !== 'answer') continue
    const { action, agent, status, at } = event.answer
    print({ event: 'shown', follower, action, agent, status, at })
  }
}

async function report(): Promise<void> {
  const reports = await Promise.all((await api.hunts()).map(({ action }) => api.report(action)))
  const answers = reports.flatMap((each) => each.answers)
  const evidence = await Promise.all(reports.map(({ hunt }) => api.evidence(hunt.action)))
  print({
    event: 'report',
    hunts: reports.length,
    answers: answers.map(({ action, agent, status, at }) => ({ action, agent, status, at })),
    conflicts: evidence.flatMap(({ conflicts }) => conflicts),
  })
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as { launch?: string }
  const task = message.launch === undefined ? report() : launch(message.launch)
  task.catch((error: unknown) => {
    print({ event: 'failed', reason: String(error) })
  })
}
