/** Which keys an action wants to be told of. */
import type { Finding } from './answer.ts'
import type { Parameters } from './parameters.ts'

/** All filters that are set must let it through. */
export function isWanted(asked: Parameters, found: Finding): boolean {
  const { fingerprints, types, algorithms, encrypted } = asked
  const has = <T>(list: readonly T[], value: T | undefined): boolean =>
    value !== undefined && list.includes(value)
  return (
    (fingerprints.length === 0 ||
      has(fingerprints, found.fingerprint_sha256) ||
      has(fingerprints, found.fingerprint_md5)) &&
    (types.length === 0 || has(types, found.type)) &&
    (algorithms.length === 0 || has(algorithms, found.algorithm)) &&
    (encrypted ?? found.encrypted) === found.encrypted
  )
}
