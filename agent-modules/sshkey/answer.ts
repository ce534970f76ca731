/** What `sshkey` answers: a finding for each key, and MIG's list of them. No part of a key but its fingerprints can leave a host. */
import { z } from 'zod'
import type { LineOptions, ModuleAnswer } from '../contract.ts'
import { fact } from '../facts.ts'
import { printableName } from '../support/file-name.ts'
import { KEY_FORMATS, KEY_TYPES } from './found-key.ts'

export const finding = z.strictObject({
  /** MD5 in hex with colons, without `MD5:`; absent where a passphrase is needed to know it. */
  fingerprint_md5: fact.digest.optional(),
  /** With `SHA256:` before it. */
  fingerprint_sha256: fact.digest.optional(),
  path: fact.path,
  /** Beside names that are not UTF-8: their bytes. */
  path64: fact.path.optional(),
  encrypted: z.boolean(),
  type: z.enum(KEY_TYPES),
  /** As the key names it: `ssh-ed25519`, `ssh-rsa-cert-v01@openssh.com`. */
  algorithm: fact.word.optional(),
  bits: z.int().min(1).optional(),
  format: z.enum(KEY_FORMATS),
  /** In a file with a key a line: which line, and whether options stand before the key. */
  line: z.int().min(1).optional(),
  options: z.boolean().optional(),
  /** Fingerprint, algorithm and bits are those of the `.pub` file beside it, which may be another key's. */
  frompublicfile: z.literal(true).optional(),
})
export type Finding = z.infer<typeof finding>

export const elements = z.strictObject({ keys: z.array(finding) })
export type Elements = z.infer<typeof elements>

const count = z.int().min(0)
export const statistics = z.strictObject({
  /** Regular files and links looked at. */
  filescount: count,
  openfailed: count,
  keysfound: count,
  /** A Go duration: `1.234s`. */
  exectime: fact.duration,
})
export type Statistics = z.infer<typeof statistics>

export const arrange = (findings: readonly Finding[]): Elements => ({ keys: [...findings] })

export function lines(
  { elements: { keys }, statistics: counts }: ModuleAnswer<Elements, Statistics>,
  { foundOnly }: LineOptions,
): readonly string[] {
  const found = keys.map(lineOf)
  if (foundOnly) return found
  return [
    ...(keys.length === 0 ? ['no key found'] : found),
    ...(counts === undefined
      ? []
      : [
          `Statistics: ${counts.filescount} files checked, ${counts.openfailed} failed to open, ${counts.keysfound} keys found, ran in ${counts.exectime}.`,
        ]),
  ]
}

/** MIG's line, and behind it what MIG does not tell. */
function lineOf(key: Finding): string {
  const encrypted = key.type === 'private' ? ` encrypted=${key.encrypted}` : ''
  const { fingerprint_md5: md5 = 'unknown', fingerprint_sha256: sha256 = 'unknown' } = key
  const more = [
    key.algorithm,
    key.bits === undefined ? undefined : `bits=${key.bits}`,
    `format=${key.format}`,
    key.line === undefined ? undefined : `line=${key.line}`,
    key.options === true ? 'with options' : undefined,
    key.frompublicfile === true ? '(by the .pub file beside it)' : undefined,
  ].filter((part) => part !== undefined)
  return `${printableName(key.path)} [${key.type}]${encrypted} md5fp=${md5} sha256fp=${sha256} ${more.join(' ')}`
}
