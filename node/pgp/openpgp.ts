/** OpenPGP.js, loaded on first use (it costs 50-90 ms), and what this product demands of keys. Nothing else imports it. */
import type { AlgorithmInfo, Config } from 'openpgp'

export type OpenPgp = typeof import('openpgp')

let loading: Promise<OpenPgp> | undefined

/** The library; every call after the first is free. */
export const loadOpenPgp = (): Promise<OpenPgp> => (loading ??= import('openpgp'))

/** RSA above this only makes verifying slow; GnuPG itself makes no larger keys. */
const RSA_BITS_LIMIT = 8192
const RSA_BITS_MINIMUM = 2048
const CURVES: ReadonlySet<string> = new Set(['nistP256', 'nistP384', 'nistP521'])

/** True for RSA of 2048 to 8192 bits, ECDSA on the NIST curves, and Ed25519 in its old and its new form. */
export function isAcceptedAlgorithm({ algorithm, bits = 0, curve }: AlgorithmInfo): boolean {
  if (isRsa(algorithm)) return bits >= RSA_BITS_MINIMUM && bits <= RSA_BITS_LIMIT
  if (algorithm === 'ecdsa') return curve !== undefined && CURVES.has(curve)
  return isEd25519(algorithm)
}

/** How an algorithm is shown to people: `RSA 3072`, `ECDSA nistP256`, `Ed25519`. */
export function algorithmName({ algorithm, bits = 0, curve }: AlgorithmInfo): string {
  if (isRsa(algorithm)) return `RSA ${bits}`
  if (isEd25519(algorithm)) return 'Ed25519'
  return algorithm === 'ecdsa' ? `ECDSA ${curve ?? ''}` : algorithm
}

const isRsa = (algorithm: string): boolean => /^rsa(?:EncryptSign|Sign)$/.test(algorithm)

/** The library knows no other curve under the old number. */
const isEd25519 = (algorithm: string): boolean => /^(?:eddsaLegacy|ed25519)$/.test(algorithm)

/**
 * The library's settings for judging keys: self-signatures and bindings need SHA-256 or better, as signatures do, and
 * no notation is understood, so a critical one makes a signature void.
 */
export function strictConfig({ config, enums }: OpenPgp): Config {
  const weak = [enums.hash.md5, enums.hash.sha1, enums.hash.ripemd, enums.hash.sha224]
  return {
    ...config,
    minRSABits: RSA_BITS_MINIMUM,
    rejectHashAlgorithms: new Set(weak),
    rejectMessageHashAlgorithms: new Set(weak),
    knownNotations: [],
    additionalAllowedPackets: [],
    allowMissingKeyFlags: false,
    allowInsecureVerificationWithReformattedKeys: false,
    enableParsingV5Entities: false,
    ignoreMalformedPackets: false,
  }
}

/** The same settings but with any hash: a revocation must never be overlooked because it is old. */
export function revocationConfig(openpgp: OpenPgp): Config {
  return {
    ...strictConfig(openpgp),
    rejectHashAlgorithms: new Set(),
    rejectMessageHashAlgorithms: new Set(),
  }
}
