/** `mig-agent`: the daemon on every host, and its owner's window into what it did. */
import { Command } from 'commander'
import { join } from 'node:path'
import { openAgentNode } from './assembly/agent-node.ts'
import { runDaemon } from './assembly/daemon.ts'
import { VERSION } from './host/version.ts'
import { escapeJson } from './core/printable.ts'
import { readLedger } from './store/ledger.ts'

const program = new Command('mig-agent')
  .description('answers investigators about this host, as far as its policy allows')
  .version(VERSION)
  .requiredOption('--home <dir>', "the agent's home", process.env['MIG_HOME'])
  .option('--print-config', 'print the configuration in force and exit', false)

program.action(async (options: { home: string; printConfig: boolean }) => {
  process.exitCode = await runDaemon({ ...options, open: openAgentNode })
})

program
  .command('ledger')
  .description(
    'print everything this agent accepted, ran and sent; exits 6 when the chain is broken',
  )
  .action(async () => {
    const { home } = program.opts<{ home: string }>()
    let number = 0
    for await (const { text, isChained } of readLedger(join(home, 'ledger'))) {
      number += 1
      process.stdout.write(`${escapeJson(text)}\n`)
      if (isChained) continue
      process.stderr.write(
        `the ledger was changed: line ${String(number)} does not follow from the one before\n`,
      )
      process.exitCode = 6
    }
  })

await program.parseAsync()
