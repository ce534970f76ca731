/** `mig-agent`: the daemon on every host, and its owner's window into what it did. */
import { Command } from 'commander'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openAgentNode } from './assembly/agent-node.ts'
import { endProcess, runDaemon } from './assembly/daemon.ts'
import { VERSION } from './host/version.ts'
import { escapeJson } from './core/printable.ts'
import { readLedger } from './store/ledger.ts'

const program = new Command('mig-agent')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .description('answers investigators about this host, as far as its policy allows')
  .version(VERSION)
  .helpCommand(true)
  .requiredOption('--home <dir>', "the agent's home", process.env['MIG_HOME'])
  .option('--print-config', 'print the configuration in force and exit', false)

program.action(async (options: { home: string; printConfig: boolean }) => {
  endProcess(await runDaemon({ ...options, open: openAgentNode }))
})

program
  .command('ledger')
  .description(
    'print everything this agent accepted, ran and sent; exits 6 when the chain is broken',
  )
  .action(async () => {
    process.exitCode = await printLedger(program.opts<{ home: string }>().home)
  })

/** Entries on stdout, the judgement on stderr. Resolves with the exit code. */
async function printLedger(home: string): Promise<number> {
  const say = (line: string): void => void process.stderr.write(`mig-agent: ${line}\n`)
  if (!existsSync(join(home, 'config.json'))) {
    say(`${home} is no agent's home: it has no config.json`)
    return 2
  }
  let [entries, breaks] = [0, 0]
  for await (const { text, isChained } of readLedger(join(home, 'ledger'))) {
    entries += 1
    process.stdout.write(`${escapeJson(text)}\n`)
    if (isChained) continue
    breaks += 1
    say(`the ledger was changed: entry ${String(entries)} does not follow from the one before`)
  }
  if (breaks > 0) return 6
  say(
    entries === 0
      ? 'the ledger is empty: nothing was accepted here, or it was taken away'
      : `${String(entries)} entries, each follows from the one before; what was cut off at the end cannot be seen from here`,
  )
  return 0
}

await program.parseAsync()
