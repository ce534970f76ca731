/** What a question is asked with: the machine, the filters, and the manners of a run. */
import type { Machine } from '../support/machine.ts'
import type { Pace } from '../support/pace.ts'
import type { SoftErrors } from '../support/soft-errors.ts'
import type { Finding } from './answer.ts'
import type { Filter } from './filter.ts'
import type { Query } from './parameters.ts'

export interface Asking {
  readonly machine: Machine
  readonly filter: Filter
  readonly errors: SoftErrors
  readonly pace: Pace
  readonly signal: AbortSignal
}

/** The questions a platform has an answer to; newest, or most, first. */
export type Questions = Readonly<Partial<Record<Query, (asking: Asking) => AsyncIterable<Finding>>>>
