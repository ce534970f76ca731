/** What a node says of itself: read as it was written, and nothing loose. */
import { describe, expect, it } from 'vitest'
import { toUtf8 } from '../../node/core/bytes.ts'
import type { PeerId } from '../../node/core/ids.ts'
import { encodePresence, parsePresence, type Presence } from '../../node/core/presence.ts'
import { toInstant } from '../../node/core/time.ts'
import { AGENT, MESH, NOW_MS, OTHER_MESH } from '../helpers/documents.ts'

const record: NonNullable<Presence['record']> = {
  id: AGENT,
  name: 'db1.example.org',
  queueloc: 'linux.db1.example.org.x',
  mode: 'daemon',
  version: '0.1.0',
  pid: 42,
  status: 'online',
  starttime: NOW_MS,
  destructiontime: null,
  heartbeattime: NOW_MS,
  refreshtime: NOW_MS,
  loadername: null,
  environment: { os: 'linux' },
  tags: { operator: 'opsec' },
}
const presence: Presence = {
  mesh: MESH,
  peer: AGENT as PeerId,
  role: 'agent',
  at: NOW_MS,
  addresses: ['/ip4/127.0.0.1/tcp/4001'],
  record,
}
const wire = { ...presence, at: toInstant(NOW_MS) }
const read = (change: object): Presence =>
  parsePresence(toUtf8(JSON.stringify({ ...wire, ...change })))

describe('a presence', () => {
  it('is read as it was written, with and without a record', () => {
    const { record: none, ...bare } = presence
    void none
    for (const each of [presence, { ...bare, role: 'investigator' as const }]) {
      expect(parsePresence(encodePresence(each))).toEqual(each)
    }
  })

  it('says its mesh, whichever that is: who reads it compares', () => {
    expect(read({ mesh: OTHER_MESH }).mesh).toBe(OTHER_MESH)
  })

  it.each([
    ['peer', { peer: 'QmRSA' }],
    ['role', { role: 'bootstrap' }],
    ['at', { at: NOW_MS }],
    ['addresses', { addresses: Array(17).fill('x') }],
    ['addresses[0]', { addresses: ['x'.repeat(257)] }],
    ['record.pid', { record: { ...record, pid: -1 } }],
    [
      'record',
      {
        record: {
          ...record,
          tags: Object.fromEntries(
            Array.from({ length: 32 }, (_, at) => [`t${at}`, 'x'.repeat(1000)]),
          ),
        },
      },
    ],
  ])('is refused by the name of the field: %s', (path, change) => {
    expect(() => read(change)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(`presence: ${path}: `) }),
    )
  })

  it('has no tag that copies of it would lose', () => {
    const text = JSON.stringify(wire).replace('"operator"', '"__proto__"')
    expect(() => parsePresence(toUtf8(text))).toThrow(/not canonical JSON/)
  })
})
