/** The command line of `sshkey`. */
import { ParameterError, type FlagValues, type ModuleFlag } from '../contract.ts'
import { isSet, listOf, wholeNumberOf } from '../support/flag-values.ts'
import { KEY_TYPES } from './found-key.ts'

export const flags: readonly ModuleFlag[] = [
  {
    name: 'path',
    kind: 'value',
    repeatable: true,
    placeholder: 'PATH',
    key: 'paths',
    help: 'directory, searched with all below it, or file (default: home directories)',
  },
  {
    name: 'maxdepth',
    kind: 'value',
    repeatable: false,
    placeholder: 'N',
    help: 'how many directories deep, the path itself is 1 (default 8)',
  },
  {
    name: 'fingerprint',
    kind: 'value',
    repeatable: true,
    placeholder: 'FINGERPRINT',
    key: 'fingerprints',
    help: 'only keys with this one, as ssh-keygen -l prints it: SHA256:... or MD5:...',
  },
  {
    name: 'type',
    kind: 'value',
    repeatable: true,
    placeholder: 'TYPE',
    key: 'types',
    help: `only ${KEY_TYPES.join(', ')}`,
  },
  {
    name: 'algorithm',
    kind: 'value',
    repeatable: true,
    placeholder: 'NAME',
    key: 'algorithms',
    help: 'only keys that call themselves so: ssh-rsa, ssh-ed25519, ecdsa-sha2-nistp256, ...',
  },
  {
    name: 'encrypted',
    kind: 'boolean',
    repeatable: false,
    help: 'only keys behind a passphrase',
  },
  {
    name: 'unencrypted',
    kind: 'boolean',
    repeatable: false,
    key: 'encrypted',
    help: 'only keys that need none, which public keys never do',
  },
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
