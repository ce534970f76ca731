/** Agent records for tests: an ordinary one to vary, and a fleet in which every target finds its exceptions. */
import type { AgentRecord } from '../../node/core/target/record.ts'
import { agentRecord } from '../../node/core/target/record.ts'

/** What NOW() is in tests of targets: 2025-06-30 12:00:00 UTC. */
export const NOW_MS = Date.UTC(2025, 5, 30, 12)
const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/** A Linux daemon that started a day ago; `overrides` replace whole fields. */
export function createRecord(overrides: Partial<AgentRecord> = {}): AgentRecord {
  return agentRecord.parse({
    id: '12D3KooWA',
    name: 'db1.example.net',
    queueloc: 'linux.abc123',
    mode: 'daemon',
    version: '20250601+abcdef0.prod',
    pid: 1234,
    status: 'online',
    starttime: NOW_MS - DAY_MS,
    destructiontime: null,
    heartbeattime: NOW_MS - 30_000,
    refreshtime: NOW_MS - 5 * MINUTE_MS,
    loadername: null,
    environment: {
      init: 'systemd',
      ident: 'Ubuntu 22.04 jammy',
      os: 'linux',
      arch: 'amd64',
      isproxied: false,
      addresses: ['10.1.2.3/8', 'fe80::1/64'],
      modules: ['file', 'netstat'],
    },
    tags: { operator: 'opsec' },
    ...overrides,
  })
}

const VARIATIONS: readonly Partial<AgentRecord>[] = [
  {},
  { name: 'web1.scl3.example.net', tags: { operator: 'IT', level: '3' }, pid: 12 },
  {
    environment: { os: 'darwin', arch: 'arm64', ident: 'macOS 14', isproxied: true },
    queueloc: 'darwin.x',
  },
  { environment: { os: 'windows', arch: '386', proxy: null }, mode: 'checkin', status: 'idle' },
  { environment: {}, tags: {}, loadername: 'loader-1' },
  { environment: { os: null, arch: 5, nested: { a: { b: [1, 'two', null, { c: true }] } } } },
  { environment: { os: ['linux'], addresses: 'none', modules: {} }, refreshtime: null },
  { starttime: null, heartbeattime: null, refreshtime: null, version: '' },
  { starttime: NOW_MS - 30 * DAY_MS, heartbeattime: NOW_MS - MINUTE_MS },
  { starttime: NOW_MS - 30 * DAY_MS - 1, heartbeattime: NOW_MS - MINUTE_MS - 1 },
  { starttime: NOW_MS - 30 * DAY_MS + 1, heartbeattime: NOW_MS - MINUTE_MS + 1 },
  { starttime: Date.UTC(2024, 1, 29, 23, 59, 59, 999), destructiontime: Date.UTC(2025, 2, 31) },
  { starttime: Date.UTC(2025, 4, 31, 12), destructiontime: Date.UTC(1999, 11, 31), pid: 0 },
  { tags: { operator: '42', level: '-7', ratio: '1.50', on: 'yes', when: '2025-01-01' } },
  { tags: { operator: ' 42 ', level: '99999999999', ratio: '1e3', on: 'maybe', when: 'soon' } },
  { tags: { operator: 'OpSec', level: '2147483648', ratio: 'abc', on: 'T', 'a b': 'x,y{}"' } },
  { name: 'ÉCOLE-ß.example', tags: { operator: '100%_\\' }, environment: { os: 'Linux' } },
  { name: 'a\nb', loadername: '', id: 'z', tags: { operator: '' }, pid: 2_147_483_647 },
  {
    name: '\u{1f600}db',
    loadername: '\uffee',
    environment: { os: '\u{10000}', load: 1e21, x: 1.5 },
  },
  {
    environment: { bb: 1, a: 'q"\\\n\u0001', os: 'linux', list: [], load: 1e-7, flag: true },
    status: 'offline',
    mode: 'DAEMON',
  },
]

/** Twenty agents with NULLs, odd JSON, boundary times and letters beyond ASCII. Ids differ. */
export const FLEET: readonly AgentRecord[] = VARIATIONS.map((variation, index) =>
  createRecord({ ...variation, id: variation.id ?? `12D3KooW${String(index)}` }),
)
