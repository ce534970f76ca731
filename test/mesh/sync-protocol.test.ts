/** `/mig/sync/1` between two nodes in memory: what each request answers, whole rounds, and neighbours that lie. */
import { beforeEach, describe, expect, it } from 'vitest'
import { fromUtf8, toUtf8 } from '../../node/core/bytes.ts'
import { DOCUMENT_SIZE_LIMIT, type Envelope } from '../../node/core/envelope.ts'
import type { EnvelopeId, PeerId } from '../../node/core/ids.ts'
import type { Network, PeerStream, StreamHandler } from '../../node/core/ports.ts'
import type { PolicyFile } from '../../node/core/policy.ts'
import { wholeRange } from '../../node/core/reconcile.ts'
import {
  BATCH_SIZE_LIMIT,
  decodeFrame,
  encodeFrame,
  FRAME_SIZE_LIMIT,
  type SyncReply,
  syncReply,
  type SyncRequest,
} from '../../node/core/wire.ts'
import { servePenalised } from '../../node/mesh/serve.ts'
import { createSync, type Sync } from '../../node/mesh/sync.ts'
import { readBatch, serveSync } from '../../node/mesh/sync-server.ts'
import {
  actionFields,
  cancelFields,
  changed,
  keyFor,
  policyFile,
  revokeKeyFields,
  sign,
  textOf,
} from '../helpers/documents.ts'
import { NEIGHBOUR, openLadder, silent, STRANGER, type TestLadder } from '../helpers/ladder.ts'

const [alice, bob] = await Promise.all([keyFor('Alice'), keyFor('Bob')])
const policy = policyFile({
  people: { alice: [alice], bob: [bob] },
  acl: {
    default: [1, { alice: 1, bob: 1 }],
    '@cancel': [1, { alice: 1 }],
    '@revoke': [2, { alice: 1, bob: 1 }],
  },
})
const action = (seq: number, change = {}): Promise<Envelope> =>
  sign('action', actionFields({ seq, ...change }), [alice])
const actions = await Promise.all(Array.from({ length: 6 }, (_, seq) => action(seq)))
const bad = changed(await action(99), (raw) => void (raw.signatures[0]!.sig = 'AAAA'))

let node: TestLadder
beforeEach(async () => {
  node = await openLadder(policy)
})

/** Two ends of one stream, and what was written to each. */
function streamPair(near: PeerId, far: PeerId): readonly [PeerStream, PeerStream] {
  const queues: Uint8Array[][] = [[], []]
  const waiting: ((() => void) | undefined)[] = []
  let isClosed = false
  const end = (peer: PeerId, mine: number): PeerStream => ({
    peer,
    async read() {
      while (queues[mine]!.length === 0 && !isClosed) {
        const { promise, resolve } = Promise.withResolvers<undefined>()
        waiting[mine] = () => {
          resolve(undefined)
        }
        await promise
      }
      return queues[mine]!.shift()
    },
    write(frame) {
      expect(frame.length).toBeLessThanOrEqual(FRAME_SIZE_LIMIT)
      queues[1 - mine]!.push(frame)
      waiting[1 - mine]?.()
      return Promise.resolve()
    },
    close() {
      isClosed = true
      for (const wake of waiting) wake?.()
      return Promise.resolve()
    },
    abort() {
      void this.close()
    },
  })
  return [end(far, 0), end(near, 1)]
}

/** What this node answers to these frames of a neighbour; the stream has ended when this resolves. */
async function ask(...frames: readonly Uint8Array[]): Promise<SyncReply[]> {
  const [near, far] = streamPair(NEIGHBOUR, STRANGER)
  for (const frame of frames) await near.write(frame)
  const score = {
    penalise: (peer: PeerId, what: string) => void node.penalties.push(`${peer} ${what}`),
  }
  const served = servePenalised(score, (stream) =>
    serveSync(stream, { ...node, onOffered: () => undefined }),
  )(far)
  const replies: SyncReply[] = []
  for (const _ of frames) {
    const reply = await near.read()
    if (reply !== undefined) replies.push(decodeFrame(syncReply, reply))
  }
  await near.close()
  await served
  return replies
}
const request = (message: SyncRequest): Promise<SyncReply[]> => ask(encodeFrame(message))
const idsOf = (envelopes: readonly Envelope[]): EnvelopeId[] => envelopes.map(({ id }) => id)

describe('the answering side', () => {
  it('takes of an offer what it lacks, and says what it has', async () => {
    await node.take(actions[0]!.bytes)
    expect(await request({ type: 'offer', ids: idsOf(actions.slice(0, 2)) })).toEqual([
      {
        type: 'wants',
        ids: [actions[1]!.id],
        fates: [{ id: actions[0]!.id, fate: 'stored', detail: '' }],
      },
    ])
  })

  it('says of each document what became of it, and has it on disk by then', async () => {
    const late = await action(9, { expireafter: '2026-03-01T11:30:00.000Z' })
    const envelopes = [textOf(actions[0]!), textOf(late), textOf(actions[1]!)]
    const [reply] = await request({ type: 'put', envelopes })
    expect(reply).toMatchObject({
      type: 'fates',
      fates: [
        { id: actions[0]!.id, fate: 'stored' },
        { id: late.id, fate: 'expired' },
        { id: actions[1]!.id, fate: 'stored' },
      ],
    })
    expect(node.documents.ids('action')).toHaveLength(2)
  })

  it('stops at the first document that no honest neighbour sends', async () => {
    const envelopes = [textOf(actions[0]!), fromUtf8(bad), textOf(actions[1]!)]
    const [reply] = await request({ type: 'put', envelopes })
    expect(reply).toMatchObject({ fates: [{ fate: 'stored' }, { fate: 'bad-signature' }] })
    expect(node.documents.has(actions[1]!.id)).toBe(false)
    expect(node.penalties).toEqual([`${NEIGHBOUR} bad-signature`])
  })

  it('hands out what it has in the order asked for, and nothing for what it has not', async () => {
    for (const { bytes } of actions) await node.take(bytes)
    const wanted = actions.toReversed()
    const [reply] = await request({
      type: 'get',
      ids: ['f'.repeat(64) as EnvelopeId, ...idsOf(wanted)],
    })
    expect(reply).toEqual({ type: 'documents', envelopes: wanted.map(textOf) })
  })

  it('compares only the kind asked for', async () => {
    for (const { bytes } of actions) await node.take(bytes)
    const ranges = [wholeRange([])]
    const compare = (kind: 'action' | 'revoke'): Promise<SyncReply[]> =>
      request({ type: 'compare', kind, ranges })
    expect(await compare('revoke')).toEqual([{ type: 'compared', pieces: [], lists: [] }])
    expect(await compare('action')).toMatchObject([{ lists: [{ ids: idsOf(actions).toSorted() }] }])
  })

  it('answers one request after the other on one stream', async () => {
    const replies = await ask(
      encodeFrame({ type: 'put', envelopes: actions.map(textOf) }),
      encodeFrame({ type: 'offer', ids: idsOf(actions) }),
      encodeFrame({ type: 'get', ids: [actions[3]!.id] }),
    )
    expect(replies.map(({ type }) => type)).toEqual(['fates', 'wants', 'documents'])
  })

  it.each([
    ['no JSON', toUtf8('GET / HTTP/1.1')],
    ['an unknown request', encodeFrame({ type: 'run' })],
    [
      'ranges that would have the whole set read 256 times',
      encodeFrame({ type: 'compare', kind: 'action', ranges: Array(256).fill(wholeRange([])) }),
    ],
  ])('ends the stream and makes the neighbour pay for %s', async (_, frame) => {
    expect(await ask(frame, encodeFrame({ type: 'get', ids: [] }))).toEqual([])
    expect(node.penalties).toEqual([`${NEIGHBOUR} broken-frame`])
  })
})

describe('a batch', () => {
  it('fits a frame, and is never empty while there is something to send', async () => {
    const large = { bytes: new Uint8Array(DOCUMENT_SIZE_LIMIT).fill(0x22) }
    const documents = { ...node.documents, get: () => Promise.resolve({ ...large } as never) }
    const ids = Array.from({ length: 100 }, () => actions[0]!.id)
    const batch = await readBatch(ids, documents)
    expect(batch).toHaveLength(Math.floor(BATCH_SIZE_LIMIT / (2 * DOCUMENT_SIZE_LIMIT)))
    // Quotation marks cost two bytes each in JSON: the worst that a document could be.
    expect(encodeFrame({ type: 'documents', envelopes: batch }).length).toBeLessThan(
      FRAME_SIZE_LIMIT,
    )
    expect(await readBatch(ids.slice(0, 1), documents)).toHaveLength(1)
  })
})

interface TestNode extends TestLadder {
  readonly sync: Sync
  readonly peer: PeerId
}

interface PairOptions {
  /** Replaces what the far node answers. */
  readonly serve?: StreamHandler
  readonly farPolicy?: PolicyFile
}

/** Two nodes that can open streams to each other. */
async function createPair({ serve, farPolicy = policy }: PairOptions = {}): Promise<
  readonly [TestNode, TestNode]
> {
  const handlers = new Map<PeerId, StreamHandler>()
  const open = async (self: PeerId, other: PeerId): Promise<TestNode> => {
    const ladder = await openLadder(self === STRANGER ? farPolicy : policy)
    const network = {
      self,
      neighbours: () => [{ peer: other, listening: true }],
      onNeighbour: () => () => undefined,
      onGone: () => () => undefined,
      subscribers: () => [],
      pushesTo: () => [],
      handle: (_: string, handler: StreamHandler) => void handlers.set(self, handler),
      open: (peer: PeerId) => {
        const [near, far] = streamPair(self, peer)
        void handlers.get(peer)?.(far)
        return Promise.resolve(near)
      },
    } as unknown as Network
    const score = {
      penalise: (peer: PeerId, what: string) => void ladder.penalties.push(`${peer} ${what}`),
    }
    const random = { bytes: (size: number) => new Uint8Array(size), fraction: () => 0.5 }
    const ports = {
      ...ladder,
      network,
      random,
      score,
      logger: silent,
      meshSecret: new Uint8Array(32),
    }
    return { ...ladder, peer: self, sync: createSync(ports) }
  }
  const pair = [await open(NEIGHBOUR, STRANGER), await open(STRANGER, NEIGHBOUR)] as const
  if (serve !== undefined) handlers.set(STRANGER, serve)
  return pair
}

describe('a round', () => {
  it('leaves both with everything that either had', async () => {
    const [near, far] = await createPair()
    const shared = await Promise.all(Array.from({ length: 40 }, (_, seq) => action(100 + seq)))
    for (const { bytes } of shared) await Promise.all([near.take(bytes), far.take(bytes)])
    for (const { bytes } of actions.slice(0, 3)) await near.take(bytes)
    for (const { bytes } of actions.slice(3)) await far.take(bytes)
    const cancel = await sign('cancel', cancelFields(), [alice])
    await far.take(cancel.bytes)
    await near.sync.round(STRANGER)
    for (const kind of ['action', 'cancel'] as const) {
      expect(near.documents.ids(kind)).toEqual(far.documents.ids(kind))
    }
    expect(near.documents.ids('action')).toHaveLength(46)
    expect(near.documents.has(cancel.id)).toBe(true)
    expect([...near.penalties, ...far.penalties]).toEqual([])
  })

  it('brings revocations before the actions that they forbid', async () => {
    const [near, far] = await createPair()
    await far.take(actions[0]!.bytes)
    await far.take((await sign('revoke', revokeKeyFields(alice.fingerprint), [alice, bob])).bytes)
    const told: string[] = []
    near.intake.onAccepted(({ kind }) => void told.push(kind))
    await near.sync.round(STRANGER)
    expect(told).toEqual(['control'])
    expect(near.documents.ids('action')).toEqual([])
  })

  it('ends at the first reject, and the neighbour pays', async () => {
    const asked: string[] = []
    const [near] = await createPair({
      serve: async (stream) => {
        for (let frame = await stream.read(); frame !== undefined; frame = await stream.read()) {
          const { type } = JSON.parse(fromUtf8(frame)) as SyncRequest
          asked.push(type)
          const list = { from: '', to: 'g', ids: idsOf(actions) }
          const reply: SyncReply =
            type === 'compare'
              ? { type: 'compared', pieces: [], lists: [list] }
              : { type: 'documents', envelopes: [fromUtf8(bad), ...actions.map(textOf)] }
          await stream.write(encodeFrame(reply))
        }
      },
    })
    await near.sync.round(STRANGER)
    expect(near.documents.ids('action')).toEqual([])
    expect(near.penalties.length).toBeGreaterThan(0)
    expect(new Set(near.penalties)).toEqual(new Set([`${STRANGER} bad-signature`]))
  })

  it('brings what we believe from among hundreds of documents of another policy', async () => {
    const mallory = await keyFor('Mallory')
    const wider = policyFile({
      people: { alice: [alice], mallory: [mallory] },
      acl: { default: [1, { alice: 1, mallory: 1 }] },
    })
    const [near, far] = await createPair({ farPolicy: wider })
    const others = await Promise.all(
      Array.from({ length: 300 }, (_, seq) => sign('action', actionFields({ seq }), [mallory])),
    )
    for (const { bytes } of [...others.slice(6), ...actions]) await far.take(bytes)
    await near.sync.round(STRANGER)
    expect(far.documents.ids('action')).toHaveLength(300)
    expect(near.documents.ids('action')).toEqual(idsOf(actions).toSorted())
    expect(near.penalties).toEqual([])
  })

  it('does not go on for ever with a neighbour that always differs', async () => {
    let asked = 0
    const [near] = await createPair({
      serve: async (stream) => {
        for (let frame = await stream.read(); frame !== undefined; frame = await stream.read()) {
          asked += 1
          const piece = { from: '', to: 'g', fingerprint: '0'.repeat(32) }
          await stream.write(encodeFrame({ type: 'compared', pieces: [piece], lists: [] }))
        }
      },
    })
    await near.sync.round(STRANGER)
    // Four kinds of documents, 64 steps each.
    expect(asked).toBe(4 * 64)
  })

  it('fails when the neighbour answers what it was not asked', async () => {
    const [near] = await createPair({
      serve: async (stream) => {
        await stream.read()
        await stream.write(encodeFrame({ type: 'fates', fates: [] }))
      },
    })
    await expect(near.sync.round(STRANGER)).rejects.toThrow(
      expect.objectContaining({ code: 'FRAME_INVALID' }),
    )
  })
})
