/** A home's peer id, known without opening the network. */
import type { PeerId } from '../core/ids.ts'
import { peerIdFromPublicKey } from '../core/peer-id.ts'
import type { NodeKey } from '../host/home.ts'
import { publicKeyOf } from '../pgp/peer-key.ts'

export const peerIdOf = ({ seed }: NodeKey): PeerId => peerIdFromPublicKey(publicKeyOf(seed))
