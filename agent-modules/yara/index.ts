/** The face of `yara`: what the registry knows of it. */
import { defineModule, type Module } from '../contract.ts'
import { thisMachine } from '../support/machine.ts'
import { arrange, elements, finding, lines, statistics } from './answer.ts'
import type { EngineName } from './engine.ts'
import { description, examples, summary } from './description.ts'
import { flags, fromFlags } from './flags.ts'
import { parameters, probes } from './parameters.ts'
import { runOn, vet } from './run.ts'

/** By one engine, so that tests can ask both; absent: the best that this machine has. */
export const yaraBy = (engine?: EngineName): Module =>
  defineModule({
    name: 'yara',
    summary,
    description,
    examples,
    flags,
    fromFlags,
    parameters,
    vet: (asked) => vet(asked, engine),
    probes,
    finding,
    statistics,
    elements,
    run: (asked, context) => runOn({ machine: thisMachine, engine }, asked, context),
    arrange,
    lines,
  })

export const yara = yaraBy()
