/** The face of `ping`: what the registry knows of it. */
import { defineModule, type Module } from '../contract.ts'
import { thisMachine, type Machine } from '../support/machine.ts'
import { arrange, finding, isReachable, lines, statistics } from './answer.ts'
import { description, examples, summary } from './description.ts'
import { flags, fromFlags } from './flags.ts'
import { parameters } from './parameters.ts'
import { runOn } from './run.ts'

/** For tests: another machine's `ping`. */
export const pingOn = (machine: Machine): Module =>
  defineModule({
    name: 'ping',
    summary,
    description,
    examples,
    flags,
    fromFlags,
    parameters,
    finding,
    statistics,
    elements: finding,
    run: (asked, context) => runOn(machine, asked, context),
    isHit: isReachable,
    arrange,
    lines,
  })

export const ping = pingOn(thisMachine)
