/** The face of `logins`: what the registry knows of it. */
import { defineModule, type Module } from '../contract.ts'
import { thisMachine, type Machine } from '../support/machine.ts'
import { arrange, elements, finding, lines, statistics } from './answer.ts'
import { description, examples, summary } from './description.ts'
import { flags, fromFlags } from './flags.ts'
import { parameters } from './parameters.ts'
import { runOn } from './run.ts'

/** The module as it asks one machine. */
export const loginsOn = (machine: Machine): Module =>
  defineModule({
    name: 'logins',
    summary,
    description,
    examples,
    flags,
    fromFlags,
    parameters,
    finding,
    statistics,
    elements,
    run: (asked, context) => runOn(machine, asked, context),
    arrange,
    lines,
  })

export const logins = loginsOn(thisMachine)
