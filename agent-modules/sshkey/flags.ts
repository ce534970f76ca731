/** The command line of `sshkey`. */
import { ParameterError, type FlagValues, type ModuleFlag } from '../contract.ts'
import {
  booleanFlag,
  isSet,
  listFlag,
  listOf,
  valueFlag,
  wholeNumberOf,
} from '../support/flag-values.ts'
import { KEY_TYPES } from './found-key.ts'

export const flags: readonly ModuleFlag[] = [
  listFlag(
    ['path', 'paths'],
    'PATH',
    'directory, searched with all below it, or file (default: home directories)',
  ),
  valueFlag('maxdepth', 'N', 'how many directories deep, the path itself is 1 (default 8)'),
  listFlag(
    ['fingerprint', 'fingerprints'],
    'FINGERPRINT',
    'only keys with this one, as ssh-keygen -l prints it: SHA256:... or MD5:...',
  ),
  listFlag(['type', 'types'], 'TYPE', `only ${KEY_TYPES.join(', ')}`),
  listFlag(
    ['algorithm', 'algorithms'],
    'NAME',
    'only keys that call themselves so: ssh-rsa, ssh-ed25519, ecdsa-sha2-nistp256, ...',
  ),
  booleanFlag('encrypted', 'only keys behind a passphrase'),
  booleanFlag(['unencrypted', 'encrypted'], 'only keys that need none, which public keys never do'),
]

export const fromFlags = (values: FlagValues): unknown => ({
  paths: listOf(values, 'path'),
  maxdepth: wholeNumberOf(values, 'maxdepth') ?? 0,
  fingerprints: listOf(values, 'fingerprint'),
  types: listOf(values, 'type'),
  algorithms: listOf(values, 'algorithm'),
  encrypted: encrypted(values),
})

/** Null: both kinds. @throws ParameterError */
function encrypted(values: FlagValues): boolean | null {
  const isBehindPassphrase = isSet(values, 'encrypted')
  const isOpen = isSet(values, 'unencrypted')
  if (isBehindPassphrase !== undefined && isBehindPassphrase === isOpen)
    throw new ParameterError('-unencrypted', 'contradicts -encrypted')
  return isBehindPassphrase ?? (isOpen === undefined ? null : !isOpen)
}
