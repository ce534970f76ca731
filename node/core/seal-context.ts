/** What binds a sealed answer to its action and its agent: neither can be swapped on the way. */
import { toUtf8 } from './bytes.ts'
import type { DocumentId, PeerId } from './ids.ts'

export const sealContext = (action: DocumentId, agent: PeerId): Uint8Array =>
  toUtf8(`mig-answer-v1 ${action} ${agent}`)
