/** Lines of /proc/net/tcp and its kin as a little-endian Linux prints them, for machines made for tests. */
const TABLE_HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'

/** Addresses as the kernel writes them. */
export const HEX = {
  any: '00000000',
  any6: '0'.repeat(32),
  loopback: '0100007F',
  loopback6: '00000000000000000000000001000000',
  /** 10.1.2.3 */
  ten: '0302010A',
  /** ::ffff:10.1.2.3 */
  mappedTen: '0000000000000000FFFF00000302010A',
  /** 2001:db8::5 */
  documentation6: 'B80D0120000000000000000005000000',
} as const

export const LISTEN = '0A'
export const ESTABLISHED = '01'
export const TIME_WAIT = '06'
export const UNCONNECTED = '07'

export interface Row {
  readonly local: readonly [hex: string, port: number]
  readonly remote?: readonly [hex: string, port: number]
  readonly state: string
  readonly inode?: number
}

export const tableOf = (...rows: readonly Row[]): string => TABLE_HEAD + rows.map(lineOf).join('')

function lineOf({ local, remote, state, inode = 0 }: Row, index: number): string {
  const peer = remote ?? [local[0].replace(/./g, '0'), 0]
  const endpoints = [local, peer].map(
    ([hex, port]) => `${hex}:${port.toString(16).toUpperCase().padStart(4, '0')}`,
  )
  const slot = String(index).padStart(4)
  return `${slot}: ${endpoints.join(' ')} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 100 0 0 10 0\n`
}
