/** What the command line asks of an investigator's node, the same embedded and over the unix socket. Everything in it is plain JSON. */
import type { ReplyNode } from './action.ts'
import type { HuntRecord, Tally } from './hunt.ts'
import type { DocumentId, MeshId, PeerId } from './ids.ts'
import type { Answer } from './result.ts'
import type { AgentRecord } from './target/record.ts'

export interface NodeStatus {
  readonly mesh: MeshId
  readonly meshName: string
  /** Where answers go: this node. */
  readonly reply: ReplyNode
  readonly neighbours: readonly PeerId[]
  readonly agentsKnown: number
}

export interface AgentSight {
  readonly peer: PeerId
  /** When it last said that it is here, ms. */
  readonly seenAtMs: number
  readonly record: AgentRecord
}

/** What became of a published document among the neighbours. */
export interface Publication {
  readonly document: DocumentId
  readonly storedBy: readonly PeerId[]
  readonly refusedBy: readonly {
    readonly peer: PeerId
    readonly code: string
    readonly detail: string
  }[]
  readonly neighbours: number
  /** Two peers, or all where there are fewer, have it on disk. */
  readonly confirmed: boolean
}

export type HuntEvent =
  | { readonly type: 'launched'; readonly publication: Publication; readonly expected: number }
  | { readonly type: 'answer'; readonly answer: Answer }
  | { readonly type: 'done'; readonly tally: Tally }

export interface HuntReport {
  readonly hunt: HuntRecord
  readonly answers: readonly Answer[]
  readonly tally: Tally
}

/** Signed material of one hunt, for evidence. */
export interface HuntEvidence {
  readonly hunt: HuntRecord
  /** Answer envelopes as the agents signed them. */
  readonly results: readonly string[]
  /** Differing second answers, kept and never hidden. */
  readonly conflicts: readonly string[]
}

export interface InvestigatorApi {
  status(): Promise<NodeStatus>
  /** Agents by their last known facts; all, or those that a target means. @throws MeshError TARGET_INVALID */
  agents(target?: string): Promise<readonly AgentSight[]>
  /** Publishes a signed control document. @throws MeshError REFUSED */
  publish(envelope: string): Promise<Publication>
  /** Publishes a signed action and follows it until every known target has ended. @throws MeshError REFUSED */
  launch(envelope: string, signal: AbortSignal): AsyncIterable<HuntEvent>
  /** Follows a hunt launched before; answers that are here already come first. */
  follow(action: DocumentId, signal: AbortSignal): AsyncIterable<HuntEvent>
  /** All hunts of this home, newest first. */
  hunts(): Promise<readonly HuntRecord[]>
  report(action: DocumentId): Promise<HuntReport>
  evidence(action: DocumentId): Promise<HuntEvidence>
}
