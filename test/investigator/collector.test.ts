/** Taking in answers: on disk before acknowledged, acknowledged whatever those who listen make of it. */
import { describe, expect, it } from 'vitest'
import { sha256Hex, toBase64 } from '../../node/core/bytes.ts'
import type { PeerStream, StreamHandler } from '../../node/core/ports.ts'
import type { Answer } from '../../node/core/result.ts'
import type { Trust } from '../../node/core/trust.ts'
import { decodeFrame, encodeFrame, type ResultReply, resultReply } from '../../node/core/wire.ts'
import { type Collector, startCollector } from '../../node/investigator/collector.ts'
import { openResultShelf } from '../../node/investigator/result-shelf.ts'
import { answerOf, envelopeOf, slowRecords } from '../helpers/answers.ts'
import { MESH } from '../helpers/documents.ts'
import { memoryRecords, silent } from '../helpers/ladder.ts'

interface TestCollector extends Collector {
  readonly logged: readonly string[]
  /** To all deliveries. */
  readonly replies: readonly ResultReply[]
  deliver(answer: Answer): Promise<readonly ResultReply[]>
}

/** Answers arrive unsealed here, and every signature holds. */
async function openCollector(results = slowRecords()): Promise<TestCollector> {
  const logged: string[] = []
  const all: ResultReply[] = []
  let handler: StreamHandler = () => Promise.reject(new Error('no handler'))
  const collector = startCollector({
    network: { handle: (_protocol, handle) => void (handler = handle) },
    logger: { log: (event) => void logged.push(event) },
    trust: { policy: { mesh: { id: MESH } }, isRevoked: () => false } as unknown as Trust,
    sealer: {
      seal: () => Promise.reject(new Error('not asked for in this test')),
      open: (sealed) => Promise.resolve(sealed),
    },
    signatures: { verify: () => true },
    shelf: await openResultShelf({ hunts: memoryRecords(), results, logger: silent }),
    isKnown: () => Promise.resolve(true),
    penalise: () => void logged.push('penalised'),
  })
  return {
    ...collector,
    logged,
    replies: all,
    async deliver(answer) {
      const { stream, replies } = streamOf(answer)
      await handler(stream).finally(() => all.push(...replies))
      return replies
    },
  }
}

function streamOf(answer: Answer): { stream: PeerStream; replies: ResultReply[] } {
  const bytes = envelopeOf(answer)
  const { action, agent } = answer
  const header = { action, agent, size: bytes.length, digest: sha256Hex(bytes) }
  const frames = [encodeFrame({ ...header, body: toBase64(bytes) })]
  const replies: ResultReply[] = []
  const stream: PeerStream = {
    peer: agent,
    read: () => Promise.resolve(frames.shift()),
    write: (frame) => Promise.resolve(void replies.push(decodeFrame(resultReply, frame))),
    close: () => Promise.resolve(),
    abort: () => undefined,
  }
  return { stream, replies }
}

describe('collector', () => {
  it('acknowledges, and tells every listener, though one of them throws', async () => {
    const collector = await openCollector()
    const told: Answer[] = []
    collector.onAnswer(() => {
      throw new Error('boom')
    })
    collector.onAnswer((answer) => void told.push(answer))
    expect(await collector.deliver(answerOf())).toMatchObject([{ type: 'ack' }])
    expect(told).toHaveLength(1)
    expect(collector.logged).toEqual(['listener-failed'])
  })

  it('tells of an answer once that is delivered twice at the same time, and acknowledges both', async () => {
    const collector = await openCollector()
    let told = 0
    collector.onAnswer(() => (told += 1))
    const replies = await Promise.all([answerOf(), answerOf()].map(collector.deliver))
    expect(replies).toMatchObject([[{ type: 'ack' }], [{ type: 'ack' }]])
    expect(told).toBe(1)
  })

  it('acknowledges nothing that could not be written, and keeps the failure from nobody', async () => {
    const collector = await openCollector({
      ...memoryRecords(),
      put: () => Promise.reject(new Error('no space')),
    })
    await expect(collector.deliver(answerOf())).rejects.toThrow('no space')
    expect(collector.replies).toEqual([])
  })
})
