/** What a gossiped document says, once its form is known to be right. */
import type { Action } from '../core/action.ts'
import type { ControlDocument } from '../core/control.ts'

export type Payload =
  | { readonly kind: 'action'; readonly action: Action }
  | { readonly kind: 'control'; readonly control: ControlDocument }

export const isRevocation = (payload: Payload): boolean =>
  payload.kind === 'control' && payload.control.kind === 'revoke'
