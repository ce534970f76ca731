/** A key found in a file, before anybody asked whether it is wanted. */
import type { PublicKey } from './public-key.ts'

export const KEY_TYPES = ['private', 'public', 'authorizedkeys', 'certificate'] as const
type KeyType = (typeof KEY_TYPES)[number]

/** How it is written: OpenSSH's own ways, PEM's, PuTTY's, and those of the SSH2 standard and ssh.com. */
export const KEY_FORMATS = [
  'openssh',
  'pkcs1',
  'sec1',
  'dsa',
  'pkcs8',
  'putty2',
  'putty3',
  'rfc4716',
  'sshcom',
] as const
export type KeyFormat = (typeof KEY_FORMATS)[number]

export interface FoundKey {
  readonly type: KeyType
  readonly format: KeyFormat
  readonly encrypted: boolean
  /** Absent where it cannot be known without a passphrase. */
  readonly public?: PublicKey
  /** Of files with a key a line: the number of the line, from 1, and whether options stand before the key. */
  readonly line?: number
  readonly options?: boolean
}

/** What stands for something that begins like a key and cannot be read as one. */
export const DAMAGED = 'damaged'
export type Damaged = typeof DAMAGED
