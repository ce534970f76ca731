/** The face of `autoruns`: what the registry knows of it. */
import { defineModule } from '../contract.ts'
import { thisMachine } from '../support/machine.ts'
import { arrange, elements, finding, lines, statistics } from './answer.ts'
import { description, examples, summary } from './description.ts'
import { flags, fromFlags } from './flags.ts'
import { parameters } from './parameters.ts'
import { runOn } from './run.ts'

export const autoruns = defineModule({
  name: 'autoruns',
  summary,
  description,
  examples,
  flags,
  fromFlags,
  parameters,
  finding,
  statistics,
  elements,
  run: (asked, context) => runOn(thisMachine, asked, context),
  arrange,
  lines,
})
