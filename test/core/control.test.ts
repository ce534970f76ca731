/** Cancel, revoke, member: what steers trust and runs. */
import { describe, expect, it } from 'vitest'
import { toUtf8 } from '../../node/core/bytes.ts'
import { type ControlKind, encodeControl, parseControl } from '../../node/core/control.ts'
import {
  AGENT,
  cancelFields,
  memberFields,
  payloadOf,
  revokeKeyFields,
} from '../helpers/documents.ts'

const KEY = 'b'.repeat(40)
const revokeAgentFields: Record<string, unknown> = {
  ...revokeKeyFields(KEY),
  subject: { kind: 'agent', peer: AGENT },
}

describe('a control document', () => {
  it.each([
    ['cancel', cancelFields()],
    ['revoke', revokeKeyFields(KEY)],
    ['revoke', revokeAgentFields],
    ['member', memberFields()],
  ] as const)('is read as it was written: %s', (kind, fields) => {
    const payload = encodeControl(kind, fields as never)
    expect(Buffer.from(payload).toString()).toBe(JSON.stringify(fields))
    const control = parseControl({ kind, payload })
    expect(control.kind).toBe(kind)
    expect({ ...control, kind: undefined, expireafter: undefined }).toMatchObject({
      mesh: fields['mesh'],
    })
  })

  it.each([
    ['cancel', revokeKeyFields(KEY)],
    ['revoke', cancelFields()],
    ['member', cancelFields()],
    ['cancel', cancelFields({ action: 'A'.repeat(64) })],
    ['cancel', cancelFields({ action: 'a'.repeat(12) })],
    ['cancel', cancelFields({ expireafter: 'never' })],
    ['cancel', cancelFields({ reason: 'x'.repeat(513) })],
    ['revoke', revokeKeyFields(KEY.toUpperCase())],
    ['revoke', revokeKeyFields(KEY.slice(-16))],
    ['revoke', { ...revokeKeyFields(KEY), subject: { kind: 'agent', fingerprint: KEY } }],
    ['revoke', { ...revokeKeyFields(KEY), subject: { kind: 'person', name: 'bob' } }],
    ['revoke', { ...revokeKeyFields(KEY), expireafter: '2026-03-01T12:00:00.000Z' }],
    ['member', memberFields({ name: '' })],
    ['member', memberFields({ peer: `1${AGENT}` })],
  ] as const)('is refused as %s: %j', (kind: ControlKind, fields) => {
    expect(() => parseControl({ kind, payload: payloadOf(fields) })).toThrow(
      expect.objectContaining({ code: 'PAYLOAD_MALFORMED' }),
    )
    expect(() => encodeControl(kind, fields as never)).toThrow()
  })

  it.each(['action', 'result', 'presence'] as const)('is never %s', (kind) => {
    expect(() => parseControl({ kind, payload: toUtf8('{}') })).toThrow(/steers nothing/)
  })
})
