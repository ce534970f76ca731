/** A target's text to a target that can be asked of any record. The only door into the target language. */
import { compile } from './compile.ts'
import type { Expression } from './expression.ts'
import { readSyntax } from './syntax.ts'

/** A condition on agent records, in PostgreSQL's WHERE syntax, found to be well formed and well typed. */
export interface Target {
  readonly text: string
  readonly expression: Expression
}

/**
 * Reads a target: at most 4 KiB, 64 levels, 256 names, values and operators, checked before the grammar runs. PostgreSQL
 * gives the same text the same meaning on `agents(...)` with collation "C" in UTC, or this refuses it.
 * @throws MeshError TARGET_INVALID with the position in the text
 */
export function parseTarget(text: string): Target {
  return { text, expression: compile(readSyntax(text)) }
}
