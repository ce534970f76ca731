/** Who will be able to read the answers to an action: what a person has to see before signing it. */
import type { Action, ReplyNode } from '../../node/core/action.ts'
import type { Policy } from '../../node/core/policy.ts'
import { printable } from '../../node/core/printable.ts'

type People = Pick<Policy, 'people'>

/** One line a node that `replyto` names, and one for the nodes that the policy adds. */
export function readerLines(
  { replyto }: Pick<Action, 'replyto'>,
  policy: People,
): readonly string[] {
  const own = Object.values(policy.people).some(({ nodes }) => nodes.length > 0)
  const lines = [
    ...replyto.map((node) => `${node.peer}, ${printable(ownerOf(node, policy))}`),
    ...(own ? ['the own nodes of everybody who signs'] : []),
  ]
  return (lines.length === 0 ? ['nobody'] : lines).map((line) => `readers  ${line}`)
}

function ownerOf({ peer, sealing }: ReplyNode, { people }: People): string {
  for (const [person, { nodes }] of Object.entries(people)) {
    const node = nodes.find((each) => each.peer === peer)
    if (node === undefined) continue
    return node.sealing === sealing
      ? `a node of ${person}`
      : `a node of ${person}, but with ANOTHER KEY than the policy has`
  }
  return 'A NODE THAT THE POLICY DOES NOT NAME'
}
