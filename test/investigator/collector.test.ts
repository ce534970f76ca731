/** Taking in answers: on disk before acknowledged, acknowledged whatever those who listen make of it. */
import { describe, expect, it } from 'vitest'
import { sha256Hex, toBase64 } from '../../node/core/bytes.ts'
import type { PeerStream, StreamHandler } from '../../node/core/ports.ts'
import type { Answer, OperationResult } from '../../node/core/result.ts'
import type { Trust } from '../../node/core/trust.ts'
import {
  CHUNK_SIZE,
  decodeFrame,
  encodeFrame,
  type ResultReply,
  resultReply,
} from '../../node/core/wire.ts'
import { type Collector, startCollector } from '../../node/investigator/collector.ts'
import { openResultShelf } from '../../node/investigator/result-shelf.ts'
import { agent, answerOf, envelopeOf, slowRecords } from '../helpers/answers.ts'
import { MESH } from '../helpers/documents.ts'
import { memoryRecords, silent } from '../helpers/ladder.ts'

interface TestCollector extends Collector {
  readonly logged: readonly string[]
  /** To all deliveries. */
  readonly replies: readonly ResultReply[]
  deliver(answer: Answer): Promise<readonly ResultReply[]>
  /** These frames, whatever they are. */
  serve(frames: Uint8Array[]): Promise<readonly ResultReply[]>
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
  const serve = async (frames: Uint8Array[]): Promise<readonly ResultReply[]> => {
    const { stream, replies } = streamOf(frames)
    await handler(stream).finally(() => all.push(...replies))
    return replies
  }
  return {
    ...collector,
    logged,
    replies: all,
    deliver: (answer) => serve([headerOf(answer, 'with its body')]),
    serve,
  }
}

function headerOf(answer: Answer, body?: 'with its body'): Uint8Array {
  const bytes = envelopeOf(answer)
  const { action, agent } = answer
  const header = { action, agent, size: bytes.length, digest: sha256Hex(bytes) }
  return encodeFrame(body === undefined ? header : { ...header, body: toBase64(bytes) })
}

/** A stream of these frames, taken one by one. */
function streamOf(frames: Uint8Array[]): { stream: PeerStream; replies: ResultReply[] } {
  const replies: ResultReply[] = []
  const stream: PeerStream = {
    peer: agent('1'),
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

  describe('an answer in chunks', () => {
    const found: OperationResult = {
      module: 'file',
      status: 'success',
      foundanything: true,
      success: true,
      elements: 'x'.repeat(2 * CHUNK_SIZE),
      statistics: null,
      errors: [],
    }
    const answer = answerOf({ results: [found] })
    const bytes = envelopeOf(answer)
    const chunks = (size: number): Uint8Array[] =>
      Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      )

    it('is taken in when all of them but the last are full', async () => {
      const collector = await openCollector()
      const replies = await collector.serve([headerOf(answer), ...chunks(CHUNK_SIZE)])
      expect(replies).toMatchObject([{ type: 'send', offset: 0 }, { type: 'ack' }])
    })

    const [first = bytes, ...rest] = chunks(CHUNK_SIZE)
    const broken = {
      'an empty chunk': [new Uint8Array(0), first, ...rest],
      'an empty chunk in the middle': [first, new Uint8Array(0), ...rest],
      'small chunks': chunks(1024),
      'large chunks': chunks(2 * CHUNK_SIZE),
      'a last chunk that is longer than announced': [first, ...chunks(CHUNK_SIZE)],
    }
    for (const [what, frames] of Object.entries(broken))
      it(`is refused at ${what}, and whoever sent it pays`, async () => {
        const collector = await openCollector()
        const replies = await collector.serve([headerOf(answer), ...frames])
        expect(replies).toMatchObject([{ type: 'send', offset: 0 }])
        expect(collector.logged).toEqual(['penalised'])
      })
  })
})
