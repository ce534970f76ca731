/** The face of `timedrift`: what the registry knows of it. */
import { defineModule, type Module } from '../contract.ts'
import { parseDuration } from '../support/go-duration.ts'
import { thisMachine } from '../support/machine.ts'
import { arrange, finding, isFound, lines, statistics } from './answer.ts'
import { description, examples, summary } from './description.ts'
import { flags, fromFlags } from './flags.ts'
import { parameters } from './parameters.ts'
import { runOn, type TimeHost } from './run.ts'

/** For tests: asks another host, with a clock of its own. */
export const timedriftOn = (host: TimeHost): Module =>
  defineModule({
    name: 'timedrift',
    summary,
    description,
    examples,
    flags,
    fromFlags,
    parameters,
    finding,
    statistics,
    elements: finding,
    run: (asked, context) => runOn(host, asked, context),
    isHit: (found, { drift }) => isFound(found, parseDuration(drift ?? '') !== undefined),
    arrange,
    lines,
  })

export const timedrift = timedriftOn({ ...thisMachine, now: () => Date.now() })
