/** The face of `traceroute`: what the registry knows of it. */
import { defineModule, type Module } from '../contract.ts'
import { thisMachine, type Machine } from '../support/machine.ts'
import { arrange, finding, lines, statistics } from './answer.ts'
import { description, examples, summary } from './description.ts'
import { flags, fromFlags } from './flags.ts'
import { parameters } from './parameters.ts'
import { runOn } from './run.ts'

/** For tests: another machine's programs. */
export const tracerouteOn = (machine: Machine): Module =>
  defineModule({
    name: 'traceroute',
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
    isHit: ({ reached }) => reached,
    arrange,
    lines,
  })

export const traceroute = tracerouteOn(thisMachine)
