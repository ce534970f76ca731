/** A node between its opening, when neighbours can already dial it, and its start, when its roles listen. */
import { expect, it } from 'vitest'
import { openPeer } from '../../node/assembly/peer.ts'
import { parseEnvelope } from '../../node/core/envelope.ts'
import { toUtf8 } from '../../node/core/bytes.ts'
import { decodeFrame, encodeFrame, PROTOCOLS, syncReply } from '../../node/core/wire.ts'
import type { PeerStream } from '../../node/core/ports.ts'
import { openHome } from '../../node/host/home.ts'
import { createMesh } from '../helpers/mesh.ts'
import { FILE_SEARCH } from '../helpers/runners.ts'

it('takes in nothing before its roles listen, and loses nothing that was brought meanwhile', async () => {
  await using mesh = await createMesh({ agents: 1, started: 0 })
  const node = await openPeer({
    home: await openHome(mesh.home('agent-0')),
    logger: { log: () => undefined },
    topics: ['control', 'all'],
    maxConnections: 16,
    relay: false,
    topUp: false,
    describe: () => Promise.resolve(undefined),
  })
  try {
    const envelope = await mesh.sign({ operations: [FILE_SEARCH] }, ['alice'])
    const { network } = mesh.investigator.peer
    const dial = (): Promise<PeerStream> =>
      network.open(node.network.self, PROTOCOLS.sync, {
        signal: AbortSignal.timeout(15_000),
        addresses: node.network.addresses(),
      })
    const stream = await dial()
    await stream.write(encodeFrame({ type: 'put', envelopes: [envelope] }))
    const { id, documentId } = parseEnvelope(toUtf8(envelope))
    const other = await dial()
    for (let round = 0; round < 100; round += 1) {
      await other.write(encodeFrame({ type: 'offer', ids: [id] }))
      expect(decodeFrame(syncReply, (await other.read())!)).toMatchObject({ ids: [id] })
    }
    const heard: string[] = []
    node.intake.onAccepted(({ envelope: each }) => void heard.push(each.documentId))
    node.start()
    expect(decodeFrame(syncReply, (await stream.read())!)).toMatchObject({
      type: 'fates',
      fates: [{ fate: 'stored' }],
    })
    expect(heard).toEqual([documentId])
  } finally {
    await node.close()
  }
})
