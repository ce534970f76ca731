/** The face of `log`: what the registry knows of it. */
import { defineModule } from '../contract.ts'
import { thisMachine } from '../support/machine.ts'
import { arrange, elements, finding, lines, statistics } from './answer.ts'
import { description, examples, summary } from './description.ts'
import { flags, fromFlags } from './flags.ts'
import { asksLines, parameters, probes } from './parameters.ts'
import { compileQuestion } from './question.ts'
import { runOn } from './run.ts'

export const log = defineModule({
  name: 'log',
  summary,
  description,
  examples,
  flags,
  fromFlags,
  parameters,
  vet: async (asked) => {
    await compileQuestion(asked, 0)
  },
  probes,
  asksLines,
  finding,
  statistics,
  elements,
  run: (asked, context) => runOn(thisMachine, asked, context),
  isHit: ({ count }) => count > 0,
  arrange,
  lines,
})
