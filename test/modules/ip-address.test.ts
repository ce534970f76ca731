/** IP addresses and networks: held against node:net, which has both, at a third of the speed (bench/netstat.ts). */
import { BlockList, isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatAddress,
  isInNetwork,
  isUnspecified,
  parseAddress,
  parseNetwork,
} from '../../agent-modules/support/ip-address.ts'

const shown = (text: string): string | undefined => {
  const bytes = parseAddress(text)
  return bytes === undefined ? undefined : formatAddress(bytes)
}
const isIn = (network: string, address: string): boolean | undefined => {
  const parsed = parseNetwork(network)
  return parsed === undefined ? undefined : isInNetwork(address, parsed)
}

/** Nearly addresses: the pieces they are made of, in any order. */
const nearly = fc
  .array(
    fc.constantFrom(
      '0',
      '1',
      'ffff',
      'FE80',
      '12345',
      '255',
      '256',
      '01',
      ':',
      ':',
      '::',
      '.',
      '.',
      'g',
      '%',
      ' ',
      '/',
      '-1',
    ),
    { maxLength: 18 },
  )
  .map((parts) => parts.join(''))
const addresses = fc.oneof(fc.ipV4(), fc.ipV6())

describe('parseAddress', () => {
  it('takes what node:net takes', () => {
    fc.assert(
      fc.property(fc.oneof(nearly, addresses, fc.string()), (text) => {
        const length = { 0: undefined, 4: 4, 6: 16 }[isIP(text.replace(/%.*/s, '%'))]
        const bytes = parseAddress(text)
        if (length === undefined) expect(bytes).toBeUndefined()
        else expect([4, length]).toContain(bytes?.length)
      }),
      { numRuns: 5000 },
    )
  })

  it.each([
    ['1.2.3.4', '1.2.3.4'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['1:0:2:0:3:0:4:0', '1:0:2:0:3:0:4:0'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['64:ff9b::10.1.2.3', '64:ff9b::a01:203'],
    ['::10.1.2.3', '::a01:203'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['::ffff:a01:203', '10.1.2.3'],
    ['0:0:0:0:0:ffff:10.1.2.3', '10.1.2.3'],
    ['::fffe:10.1.2.3', '::fffe:a01:203'],
  ])('%s is %s', (text, expected) => {
    expect(shown(text)).toBe(expected)
  })

  it.each([
    ...[
      '',
      '.',
      ':',
      ':::',
      '1',
      '1.2.3',
      '1.2.3.4.5',
      '1.2.3.256',
      '01.2.3.4',
      '1.2.3.4 ',
      ' 1.2.3.4',
      '0x1.2.3.4',
    ],
    ...[
      '1:2',
      '1:2:3:4:5:6:7:8:9',
      '1:2:3:4:5:6:7:8::',
      '::1::',
      '12345::',
      'g::',
      ':1',
      '1:',
      '::1%eth0',
    ],
    ...['1.2.3.4::', '::1.2.3.4:5', '1:2:3:4:5:6:7:1.2.3.4', '::1.2.3', '10.0.0.0/8', '-1.2.3.4'],
  ])('refuses %j', (text) => {
    expect(parseAddress(text)).toBeUndefined()
  })
})

describe('formatAddress', () => {
  it('gives what is read as the same address, in the form that URLs have', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const text = formatAddress(bytes)
        expect(`[${text}]`).toBe(new URL(`http://[${text}]`).hostname)
        expect(text).toBe(
          new URL(
            `http://[${Buffer.from(bytes)
              .toString('hex')
              .replace(/....(?!$)/g, '$&:')}]`,
          ).hostname.slice(1, -1),
        )
      }),
    )
  })
})

describe('isInNetwork', () => {
  it('says what BlockList says', () => {
    const networks = fc.oneof(
      fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })),
      fc.tuple(
        fc.ipV6().filter((text) => parseAddress(text)?.length === 16),
        fc.integer({ min: 1, max: 128 }),
      ),
    )
    fc.assert(
      fc.property(
        networks,
        addresses,
        fc.integer({ min: 0, max: 15 }),
        ([base, prefix], other, flip) => {
          const near = parseAddress(base)?.slice() ?? new Uint8Array()
          const at = flip % near.length
          near[at] = (near[at] ?? 0) ^ (1 << (flip % 8))
          const list = new BlockList()
          list.addSubnet(base, prefix, isIP(base) === 4 ? 'ipv4' : 'ipv6')
          for (const address of [base, formatAddress(near), other])
            expect(isIn(`${base}/${prefix}`, address), `${address} in ${base}/${prefix}`).toBe(
              isIP(address) === isIP(base) &&
                list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6'),
            )
        },
      ),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.1.2.3/8', '10.9.9.9', true],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '::1', true],
    ['::/0', '1.2.3.4', false],
    ['1.2.3.4', '1.2.3.4', true],
    ['1.2.3.4/32', '1.2.3.5', false],
    ['10.1.2.128/25', '10.1.2.127', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '11.1.2.3', false],
    ['::ffff:0.0.0.0/96', '1.2.3.4', true],
    ['::ffff:0.0.0.0/95', '1.2.3.4', false],
    ['fe80::/10', 'febf::1', true],
    ['fe80::/10', 'fec0::1', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['10.0.0.0/8', '10.0.0', false],
    ['::1', '::1', true],
    ['::1', '::2', false],
  ])('%s, %s: %s', (network, address, expected) => {
    expect(isIn(network, address)).toBe(expected)
  })

  it.each([
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '/8',
    '10/8',
    '010.0.0.1',
    '1::2::3',
    '',
    '1.2.3.4/1e1',
    '::ffff:1.2.3.4/129',
  ])('refuses %s', (text) => {
    expect(parseNetwork(text)).toBeUndefined()
  })
})

describe('isUnspecified', () => {
  it.each([
    ['0.0.0.0', true],
    ['::', true],
    ['::1', false],
    ['0.0.0.1', false],
  ])('%s: %s', (text, expected) => {
    expect(isUnspecified(parseAddress(text) ?? new Uint8Array([9]))).toBe(expected)
  })
})
