/** Networks and addresses, against Node's own reading of them. */
import { BlockList, isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isInNetwork, parseNetwork } from '../../agent-modules/support/cidr.ts'

const typeOf = (text: string): 'ipv4' | 'ipv6' => (isIP(text) === 4 ? 'ipv4' : 'ipv6')

describe('an address in a network', () => {
  it('is so when Node says it', () => {
    const pair = fc
      .constantFrom(fc.ipV4(), fc.ipV6())
      .chain((address) => fc.tuple(address, address, fc.nat(128)))
    fc.assert(
      fc.property(pair, ([base, address, bits]) => {
        const type = typeOf(base)
        const prefix = type === 'ipv4' ? bits % 33 : bits
        const list = new BlockList()
        list.addSubnet(base, prefix, type)
        const network = parseNetwork(`${base}/${String(prefix)}`)
        expect(network).toBeDefined()
        if (network === undefined) return
        expect(isInNetwork(base, network)).toBe(true)
        expect(isInNetwork(address, network)).toBe(list.check(address, type))
      }),
      { numRuns: 500 },
    )
  })

  it('may be written as the other kind, and without a prefix is the network itself', () => {
    const [lan, one] = [parseNetwork('10.0.0.0/8'), parseNetwork('::1')]
    if (lan === undefined || one === undefined) throw new Error('no networks')
    expect(isInNetwork('::ffff:10.1.2.3', lan)).toBe(true)
    expect(isInNetwork('::ffff:11.1.2.3', lan)).toBe(false)
    expect(isInNetwork('::1', one)).toBe(true)
    expect(isInNetwork('0:0:0:0:0:0:0:2', one)).toBe(false)
  })

  it.each([
    '10.0.0.0/33',
    '10.0.0/8',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '010.0.0.1',
    '::/129',
    ':::',
    '1::2::3',
    '1:2',
    'g::',
    '',
    '::1.2.3',
    '10.0.0.0/-1',
    '1:2:3:4:5:6:7:8::',
  ])('is none: %s', (text) => {
    expect(parseNetwork(text)).toBeUndefined()
  })
})
