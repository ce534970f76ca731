/** Names that people ask about: who they may stand for. */
import { describe, expect, it } from 'vitest'
import { resolveHost } from '../../agent-modules/support/resolve-host.ts'

const resolve = (name: string): Promise<unknown> => resolveHost(name, new AbortController().signal)

describe('resolveHost', () => {
  it.each(['127.0.0.1', '192.0.2.7', '::1', '2001:db8::1', '::ffff:192.0.2.7'])(
    'takes %s',
    async (address) => {
      expect(await resolve(address)).toEqual({ address, family: address.includes(':') ? 6 : 4 })
    },
  )

  it.each([
    ...['224.0.0.1', '239.255.255.255', '255.255.255.255', '0.0.0.0', '0.1.2.3', '::'],
    ...['ff02::1', 'FF0E::1', '::ffff:224.0.0.1', '::ffff:255.255.255.255', '::ffff:0.0.0.0'],
  ])('leaves out %s, for which many hosts would answer, or none', async (address) => {
    expect(await resolve(address)).toBeUndefined()
  })

  it('does not wait once called off', async () => {
    expect(await resolveHost('localhost', AbortSignal.abort())).toBeUndefined()
  })
})
