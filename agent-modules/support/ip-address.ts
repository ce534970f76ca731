/** IP addresses and networks as bytes, 4 or 16. An IPv4 address written in IPv6 (`::ffff:10.0.0.1`) is that IPv4 address. Not for names. */

/** 4 bytes or 16, in network order. */
export type IpAddress = Uint8Array

export interface IpNetwork {
  readonly address: IpAddress
  /** How many leading bits count. */
  readonly prefix: number
}

const V4_LENGTH = 4
const V6_LENGTH = 16
const V6_GROUPS = 8
const MAPPED_PREFIX = 96

/** As node:net's isIP takes them, but no zones. */
export function parseAddress(text: string): IpAddress | undefined {
  if (!text.includes(':')) return parseV4(text)
  const bytes = parseV6(text)
  return bytes === undefined ? undefined : unmapped(bytes)
}

/** An address, or one with a prefix length: `10.0.0.0/8`, `fe80::/10`; bits after the prefix do not count. */
export function parseNetwork(text: string): IpNetwork | undefined {
  const slash = text.indexOf('/')
  const written = slash === -1 ? text : text.slice(0, slash)
  const bytes = written.includes(':') ? parseV6(written) : parseV4(written)
  if (bytes === undefined) return undefined
  const prefix = slash === -1 ? bytes.length * 8 : parsePrefix(text.slice(slash + 1))
  if (prefix === undefined || prefix > bytes.length * 8) return undefined
  // A network that is wider than all mapped addresses is one of IPv6.
  if (isMapped(bytes) && prefix >= MAPPED_PREFIX)
    return { address: unmapped(bytes), prefix: prefix - MAPPED_PREFIX }
  return { address: bytes, prefix }
}

export function contains({ address, prefix }: IpNetwork, other: IpAddress): boolean {
  if (address.length !== other.length) return false
  const whole = prefix >> 3
  for (let index = 0; index < whole; index += 1) if (address[index] !== other[index]) return false
  const rest = prefix & 7
  return rest === 0 || ((address[whole] ?? 0) ^ (other[whole] ?? 0)) >> (8 - rest) === 0
}

/** Whether text is an address, perhaps with a zone (`fe80::1%eth0`), of this network. */
export function isInNetwork(text: string, network: IpNetwork): boolean {
  const address = parseAddress(withoutZone(text))
  return address !== undefined && contains(network, address)
}

/** IPv6 as RFC 5952 wants it: lower case, the longest run of two or more zero groups as `::`. */
export function formatAddress(bytes: IpAddress): string {
  if (bytes.length === V4_LENGTH) return bytes.join('.')
  const groups = Array.from({ length: V6_GROUPS }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  )
  const { from, length } = longestZeros(groups)
  if (length < 2) return groups.join(':')
  return `${groups.slice(0, from).join(':')}::${groups.slice(from + length).join(':')}`
}

/** `fe80::1%eth0` and `fe80::1` are one address: which card it is on is said beside it. */
export const withoutZone = (text: string): string => text.replace(/%.*$/s, '')

/** `0.0.0.0` or `::`, which stand for any address, or none. */
export function isUnspecified(bytes: IpAddress): boolean {
  for (const byte of bytes) if (byte !== 0) return false
  return true
}

/** The IPv4 address that an IPv6 one stands for; any other as it is. */
export const unmapped = (bytes: IpAddress): IpAddress =>
  isMapped(bytes) ? bytes.subarray(V6_LENGTH - V4_LENGTH) : bytes

function isMapped(bytes: IpAddress): boolean {
  if (bytes.length !== V6_LENGTH || bytes[10] !== 0xff || bytes[11] !== 0xff) return false
  for (let index = 0; index < 10; index += 1) if (bytes[index] !== 0) return false
  return true
}

function parseV4(text: string): Uint8Array | undefined {
  const parts = text.split('.')
  const isValid =
    parts.length === V4_LENGTH &&
    parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255)
  return isValid ? Uint8Array.from(parts, Number) : undefined
}

function parseV6(text: string): Uint8Array | undefined {
  const [left = '', right, ...more] = text.split('::')
  if (more.length > 0) return undefined
  const head = parseGroups(left, right === undefined)
  const tail = parseGroups(right ?? '', true)
  if (head === undefined || tail === undefined) return undefined
  const missing = V6_GROUPS - head.length - tail.length
  // `::` stands for one group or more.
  if (right === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...Array<number>(missing).fill(0), ...tail]
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]))
}

/** Numbers of 16 bits; the end of an address may be written as IPv4. */
function parseGroups(text: string, mayEndInV4: boolean): readonly number[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const last = parts.at(-1) ?? ''
  const v4 = mayEndInV4 && last.includes('.') ? parseV4(last) : undefined
  const hex = v4 === undefined ? parts : parts.slice(0, -1)
  if (!hex.every((part) => /^[0-9a-f]{1,4}$/i.test(part))) return undefined
  const groups = hex.map((part) => Number.parseInt(part, 16))
  if (v4 === undefined) return groups
  const [first = 0, second = 0, third = 0, fourth = 0] = v4
  return [...groups, (first << 8) | second, (third << 8) | fourth]
}

const parsePrefix = (text: string): number | undefined =>
  /^(?:0|[1-9][0-9]{0,2})$/.test(text) ? Number(text) : undefined

function longestZeros(groups: readonly string[]): { from: number; length: number } {
  let longest = { from: 0, length: 0 }
  let from = 0
  for (const [index, group] of groups.entries()) {
    if (group !== '0') from = index + 1
    else if (index + 1 - from > longest.length) longest = { from, length: index + 1 - from }
  }
  return longest
}
