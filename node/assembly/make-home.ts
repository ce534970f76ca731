/** Makes homes: keys drawn, configuration written, an empty journal begun. Not for the policy they share. */
import type { z } from 'zod'
import type { PeerId } from '../core/ids.ts'
import { type configSchema, createHome, type NodeKey } from '../host/home.ts'
import { systemRandom } from '../host/system.ts'
import { generateSealingKey } from '../pgp/seal.ts'
import { createJournal } from '../store/journal.ts'
import { peerIdOf } from './identity.ts'
import { join } from 'node:path'

const SEED_SIZE = 32

export interface FreshNode {
  readonly peer: PeerId
  readonly key: NodeKey
}

/** Keys for a node that has no home yet, so that a policy can name it first. */
export async function drawNode(): Promise<FreshNode> {
  const key = { seed: systemRandom.bytes(SEED_SIZE), sealing: await generateSealingKey() }
  return { peer: peerIdOf(key), key }
}

/** Writes the home of this node. Its journal begins with it: a fresh agent has lost nothing. @throws MeshError HOME_INVALID */
export async function makeHome(
  path: string,
  config: z.input<typeof configSchema>,
  { key }: FreshNode,
): Promise<void> {
  await createHome(path, config, key)
  await createJournal(join(path, 'journal'))
}
