/** Whom sudoers(5) lets become another user, and who of them needs no password. Not which commands. */
import { readAccounts, readGroups } from '../../support/accounts.ts'
import type { Asking } from '../asking.ts'
import { SudoersAliases } from './aliases.ts'
import { settingsOf, usesFullNames, type DefaultsStatement } from './defaults.ts'
import { readSudoers, type Found } from './files.ts'
import { SudoersHost } from './hosts.ts'
import { Judge, type RuleStatement, type SudoRule } from './judge.ts'

/** Every rule, once for each whom it means, in their order. What could not be read, or told, is among the errors. */
export async function readSudoRules(asking: Asking): Promise<readonly SudoRule[]> {
  const { machine, pace, signal, errors } = asking
  const { rules, ...said } = await collect(asking)
  // Elsewhere the file has only a part of them.
  const groups = machine.platform === 'linux' ? readGroups(machine) : []
  const host = new SudoersHost(asking, usesFullNames(said.defaults))
  const settings = await settingsOf(said.defaults, { ...said, host, pace })
  const accounts = readAccounts(machine)
  const judge = new Judge({ ...said, settings, accounts, groups, host, pace })
  const found: SudoRule[] = []
  for (const { file, ...rule } of rules.toReversed()) {
    if (judge.isSpent) break
    for await (const one of judge.rulesOf(rule)) {
      if (signal.aborted) return []
      found.push({ ...one, file })
    }
  }
  for (const notice of judge.notices()) errors.notice(`sudoers: ${notice}`)
  return found.toReversed()
}

async function collect(asking: Asking) {
  const rules: (RuleStatement & Pick<Found, 'file'>)[] = []
  const defaults: DefaultsStatement[] = []
  const aliases = new SudoersAliases()
  for await (const { statement, file } of readSudoers(asking))
    if (statement.kind === 'rule') rules.push({ ...statement, file })
    else if (statement.kind === 'defaults') defaults.push(statement)
    else aliases.add(statement)
  return { rules, defaults, aliases }
}
