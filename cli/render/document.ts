/** A signed document, or an action nobody signed, as people read it before they put a name to it. */
import { type Action, parseAction } from '../../node/core/action.ts'
import { type ControlDocument, parseControl } from '../../node/core/control.ts'
import type { Draft } from '../../node/core/draft.ts'
import type { Envelope } from '../../node/core/envelope.ts'
import { toInstant } from '../../node/core/time.ts'
import { printable } from '../../node/core/printable.ts'

/** What the envelope carries. @throws MeshError PAYLOAD_MALFORMED */
export const describeDocument = (
  envelope: Pick<Envelope, 'kind' | 'payload'>,
): ({ readonly kind: 'action' } & Action) | ControlDocument =>
  envelope.kind === 'action'
    ? { kind: 'action', ...parseAction(envelope.payload) }
    : parseControl(envelope)

/** Lines about what is asked, or ordered. */
export function contentLines(document: ReturnType<typeof describeDocument>): readonly string[] {
  switch (document.kind) {
    case 'action':
      return actionLines(document)
    case 'cancel':
      return [`cancels  ${document.action}`, `reason   ${printable(document.reason)}`]
    case 'revoke': {
      const { subject } = document
      const what = subject.kind === 'key' ? `key ${subject.fingerprint}` : `agent ${subject.peer}`
      return [`revokes  ${what}`, `reason   ${printable(document.reason)}`]
    }
    case 'member':
      return [`admits   ${printable(document.name)} ${document.peer}`]
  }
}

/** An action, complete or not. */
export function actionLines(action: Draft | Action): readonly string[] {
  const { name, target, validfrom, expireafter, description, threat, operations } = action
  const time = (ms: number | undefined): string =>
    ms === undefined ? 'set when it is signed' : toInstant(ms)
  return [
    `name     ${printable(name)}`,
    `target   ${printable(target)}`,
    `valid    ${time(validfrom)}`,
    `expires  ${time(expireafter)}`,
    ...fieldLines('about', description),
    ...fieldLines('threat', threat),
    ...operations.flatMap(({ module, parameters }) => [
      `asks     ${module}`,
      ...JSON.stringify(parameters, null, 2)
        .split('\n')
        .map((line) => `  ${printable(line)}`),
    ]),
  ]
}

function fieldLines(label: string, fields: object | undefined): readonly string[] {
  if (fields === undefined) return []
  const words = Object.entries(fields).map(([key, value]) => `${key} ${String(value)}`)
  return words.length === 0 ? [] : [`${label.padEnd(8)} ${printable(words.join(', '))}`]
}
