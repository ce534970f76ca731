/** Frames: what each protocol says, byte for byte (test/vectors/frames.json), and nothing that costs more than it weighs. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { toUtf8 } from '../../node/core/bytes.ts'
import { hasCode } from '../../node/core/errors.ts'
import {
  decodeFrame,
  encodeFrame,
  IDS_LIMIT,
  peersReply,
  peersRequest,
  presenceReply,
  presenceRequest,
  PROTOCOLS,
  resultHeader,
  resultReply,
  SYNCED_KINDS,
  syncReply,
  syncRequest,
} from '../../node/core/wire.ts'

const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  syncRequest,
  syncReply,
  resultHeader,
  resultReply,
  peersRequest,
  peersReply,
  presenceRequest,
  presenceReply,
}
interface Vectors {
  readonly protocols: Readonly<Record<string, string>>
  readonly frames: readonly { readonly schema: string; readonly frame: string }[]
}
const vectors = JSON.parse(
  readFileSync(new URL('../vectors/frames.json', import.meta.url), 'utf8'),
) as Vectors
const schemaOf = (name: string): z.ZodType => {
  const schema = SCHEMAS[name]
  if (schema === undefined) throw new Error(`no schema is called ${name}`)
  return schema
}

const ID = 'a'.repeat(64)
const at = (digit: string): string => digit.repeat(64)
const range = (from: string, to: string): object => ({ from, to, fingerprint: '0'.repeat(32) })
const list = (from: string, to: string): object => ({ from, to, ids: [] })
const compare = (...ranges: readonly object[]): object => ({
  type: 'compare',
  kind: 'action',
  ranges,
})
const compared = (pieces: readonly object[], lists: readonly object[]): object => ({
  type: 'compared',
  pieces,
  lists,
})

const isTaken = (schema: z.ZodType, message: unknown): boolean => {
  try {
    decodeFrame(schema, encodeFrame(message))
    return true
  } catch (error) {
    if (hasCode(error, 'FRAME_INVALID')) return false
    throw error
  }
}

describe('the frozen frames', () => {
  it('are of protocols that are called the same', () => {
    expect(PROTOCOLS).toEqual(vectors.protocols)
    expect(SYNCED_KINDS).toEqual(['revoke', 'cancel', 'member', 'action'])
  })

  it.each(vectors.frames)('$schema $frame', ({ schema, frame }) => {
    const message = decodeFrame(schemaOf(schema), toUtf8(frame))
    expect(Buffer.from(encodeFrame(message)).toString()).toBe(frame)
  })

  it('show every message there is', () => {
    expect(new Set(vectors.frames.map(({ schema }) => schema))).toEqual(
      new Set(Object.keys(SCHEMAS)),
    )
    const types = vectors.frames.map(({ frame }) => (JSON.parse(frame) as { type?: string }).type)
    const wanted = ['offer', 'put', 'get', 'compare', 'wants', 'fates', 'documents', 'compared']
    wanted.push(
      'send',
      'busy',
      'ack',
      'unwanted',
      'peers',
      'leave',
      'pull',
      'find',
      'kept',
      'records',
    )
    expect(new Set(types.filter((type) => type !== undefined))).toEqual(new Set(wanted))
  })
})

describe('a frame', () => {
  it('is refused with one code, whatever its bytes are', () => {
    const frames = fc.oneof(fc.uint8Array(), fc.json().map(toUtf8))
    fc.assert(
      fc.property(frames, fc.constantFrom(...Object.values(SCHEMAS)), (frame, schema) => {
        try {
          decodeFrame(schema, frame)
        } catch (error) {
          expect(hasCode(error, 'FRAME_INVALID')).toBe(true)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    [
      'more ids than one frame may have',
      syncRequest,
      { type: 'get', ids: Array(IDS_LIMIT + 1).fill(ID) },
    ],
    ['an id in capitals', syncRequest, { type: 'get', ids: [ID.toUpperCase()] }],
    ['an unknown kind', syncRequest, { ...compare(), kind: 'result' }],
    ['an unknown message', syncRequest, { type: 'drop', ids: [] }],
    ['an unknown field', syncRequest, { type: 'get', ids: [], all: true }],
    [
      'a document far over the limit',
      syncRequest,
      { type: 'put', envelopes: ['x'.repeat(600_000)] },
    ],
    [
      '257 ranges',
      syncRequest,
      compare(
        ...Array.from({ length: 257 }, (_, index) =>
          range(at('0').slice(3) + index.toString(16).padStart(3, '0'), 'g'),
        ),
      ),
    ],
    [
      'more peers than an answer may have',
      peersReply,
      { records: Array(33).fill({ peer: 'x', record: '' }) },
    ],
    [
      'a result of no bytes',
      resultHeader,
      {
        action: ID,
        agent: '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN',
        size: 0,
        digest: ID,
      },
    ],
    ['a negative offset', resultReply, { type: 'send', offset: -1 }],
    ['a wait of more than an hour', resultReply, { type: 'busy', retryAfterMs: 3_600_001 }],
  ])('is refused with %s', (_, schema, message) => {
    expect(isTaken(schema, message)).toBe(false)
  })
})

describe('ranges', () => {
  it.each([
    [
      'one after the other',
      [
        ['', at('1')],
        [at('1'), at('2')],
        [at('2'), 'g'],
      ],
    ],
    [
      'in any order',
      [
        [at('2'), 'g'],
        ['', at('1')],
      ],
    ],
    ['none', []],
  ])('are taken %s', (_, ranges) => {
    expect(
      isTaken(syncRequest, compare(...ranges.map(([from = '', to = '']) => range(from, to)))),
    ).toBe(true)
    expect(
      isTaken(
        syncReply,
        compared(
          ranges.map(([from = '', to = '']) => range(from, to)),
          [],
        ),
      ),
    ).toBe(true)
  })

  it.each([
    [
      'the same twice',
      [
        ['', 'g'],
        ['', 'g'],
      ],
    ],
    [
      'one within the other',
      [
        ['', 'g'],
        [at('1'), at('2')],
      ],
    ],
    [
      'overlapping',
      [
        ['', at('2')],
        [at('1'), 'g'],
      ],
    ],
    ['empty', [[at('1'), at('1')]]],
    ['backwards', [['g', '']]],
  ])('are refused: %s', (_, ranges) => {
    expect(
      isTaken(syncRequest, compare(...ranges.map(([from = '', to = '']) => range(from, to)))),
    ).toBe(false)
    expect(
      isTaken(
        syncReply,
        compared(
          ranges.map(([from = '', to = '']) => range(from, to)),
          [],
        ),
      ),
    ).toBe(false)
    expect(
      isTaken(
        syncReply,
        compared(
          [],
          ranges.map(([from = '', to = '']) => list(from, to)),
        ),
      ),
    ).toBe(false)
  })

  it('of lists and of pieces lie apart too', () => {
    expect(isTaken(syncReply, compared([range('', at('1'))], [list(at('1'), 'g')]))).toBe(true)
    expect(isTaken(syncReply, compared([range('', at('2'))], [list(at('1'), 'g')]))).toBe(false)
  })
})
