/** Networks as people write them, `10.0.0.0/8`, `fe80::/10`, and whether an address is in one. */

interface Address {
  /** 32 or 128. */
  readonly width: number
  readonly bits: bigint
}

export interface Network extends Address {
  readonly prefix: number
}

const IPV4_FORM = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/
const GROUP_FORM = /^[0-9a-f]{1,4}$/i
const MAPPED_PREFIX = 0xffffn

/** An address without a prefix is a network of itself; undefined when it is neither. */
export function parseNetwork(text: string): Network | undefined {
  const [place = '', length, ...more] = text.split('/')
  const address = parseAddress(place)
  if (address === undefined || more.length > 0) return undefined
  const prefix = length === undefined ? address.width : wholeNumber(length)
  return prefix <= address.width ? { ...address, prefix } : undefined
}

/** Never true of what is no address. An IPv4 address written as IPv6 (`::ffff:10.0.0.1`) is in IPv4 networks. */
export function isInNetwork(text: string, network: Network): boolean {
  const address = parseAddress(text)
  if (address === undefined) return false
  const { width, bits } = network.width === 32 ? unmapped(address) : address
  const ignored = BigInt(network.width - network.prefix)
  return width === network.width && bits >> ignored === network.bits >> ignored
}

const wholeNumber = (text: string): number => (/^\d{1,3}$/.test(text) ? Number(text) : Infinity)

function unmapped(address: Address): Address {
  if (address.width !== 128 || address.bits >> 32n !== MAPPED_PREFIX) return address
  return { width: 32, bits: address.bits & 0xffff_ffffn }
}

function parseAddress(text: string): Address | undefined {
  if (text.length > 64) return undefined
  if (IPV4_FORM.test(text)) return { width: 32, bits: joined(text.split('.').map(BigInt), 8n) }
  return parseIpv6(text)
}

/** RFC 4291, 2.2: eight groups, one run of zeros left out as `::`, the last two perhaps written as IPv4. */
function parseIpv6(text: string): Address | undefined {
  const halves = text.replace(/%.*$/, '').split('::')
  const [head, tail] = halves.map(groupsOf)
  if (halves.length > 2 || head === undefined) return undefined
  if (halves.length === 1)
    return head.length === 8 ? { width: 128, bits: joined(head, 16n) } : undefined
  if (tail === undefined || head.length + tail.length > 7) return undefined
  const zeros = Array<bigint>(8 - head.length - tail.length).fill(0n)
  return { width: 128, bits: joined([...head, ...zeros, ...tail], 16n) }
}

function groupsOf(text: string): readonly bigint[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const last = parts.at(-1) ?? ''
  const written = IPV4_FORM.test(last) ? [...parts.slice(0, -1), ...ipv4Groups(last)] : parts
  return written.every((part) => GROUP_FORM.test(part))
    ? written.map((part) => BigInt(`0x${part}`))
    : undefined
}

function ipv4Groups(text: string): readonly string[] {
  const bits = joined(text.split('.').map(BigInt), 8n)
  return [bits >> 16n, bits & 0xffffn].map((group) => group.toString(16))
}

const joined = (parts: readonly bigint[], width: bigint): bigint =>
  parts.reduce((bits, part) => (bits << width) | part, 0n)
