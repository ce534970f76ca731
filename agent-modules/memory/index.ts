/** The face of `memory`: what the registry knows of it. */
import { defineModule, type Module } from '../contract.ts'
import { thisMachine, type Machine } from '../support/machine.ts'
import { arrange, elements, finding, lines, mask, statistics } from './answer.ts'
import { description, examples, summary } from './description.ts'
import { flags, fromFlags } from './flags.ts'
import { parameters, probes } from './parameters.ts'
import { runOn } from './run.ts'

/** The module as it asks one machine. */
export const memoryOn = (machine: Machine): Module =>
  defineModule({
    name: 'memory',
    summary,
    description,
    examples,
    flags,
    fromFlags,
    parameters,
    probes,
    finding,
    statistics,
    elements,
    run: (asked, context) => runOn(machine, asked, context),
    arrange,
    mask,
    lines,
  })

export const memory = memoryOn(thisMachine)
