/** The face of `file`: what the registry knows of it. */
import { defineModule } from '../contract.ts'
import { arrange, elements, finding, lines, mask, statistics } from './answer.ts'
import { description, examples, summary } from './description.ts'
import { flags, fromFlags } from './flags.ts'
import { parameters, probes } from './parameters.ts'
import { run } from './run.ts'

export const file = defineModule({
  name: 'file',
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
  run,
  arrange,
  mask,
  lines,
})
