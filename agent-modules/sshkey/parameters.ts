/** The parameters of `sshkey`: MIG's paths and depth, and filters on the keys found. */
import { z } from 'zod'
import { absolutePath, listOf } from '../support/search-parameters.ts'
import { KEY_TYPES } from './found-key.ts'
import { ALGORITHMS } from './public-key.ts'

/** MIG's, also where 0 is written. */
const DEFAULT_DEPTH = 8
const DEPTH_LIMIT = 1000
const LIST_LIMIT = 256

/** In the form in which fingerprints are compared: `SHA256:...`, or MD5 in hex with colons. */
const fingerprint = z
  .string()
  .max(128)
  .transform((text, context) => {
    const form =
      /^(?:SHA256:)?(?<sha256>[A-Za-z0-9+/]{43})=?$|^(?:MD5:)?(?<md5>[0-9a-f]{2}(?::[0-9a-f]{2}){15})$/i
    const { sha256, md5 } = form.exec(text)?.groups ?? {}
    if (sha256 !== undefined) return `SHA256:${sha256}`
    if (md5 !== undefined) return md5.toLowerCase()
    context.addIssue({
      code: 'custom',
      message: 'must be a fingerprint as ssh-keygen -l prints it: SHA256:... or MD5:aa:bb:...',
    })
    return z.NEVER
  })

export const parameters = z.strictObject({
  /** Empty: home directories. */
  paths: listOf(absolutePath, LIST_LIMIT),
  maxdepth: z
    .int()
    .min(0)
    .max(DEPTH_LIMIT)
    .nullish()
    .transform((depth) => (depth ?? 0) || DEFAULT_DEPTH),
  fingerprints: listOf(fingerprint, LIST_LIMIT),
  types: listOf(z.enum(KEY_TYPES), LIST_LIMIT),
  algorithms: listOf(z.enum(ALGORITHMS), LIST_LIMIT),
  encrypted: z.boolean().nullish(),
})
export type Parameters = z.infer<typeof parameters>
