/** The parameters of `sshkey`: MIG's paths and depth, and filters on the keys found. */
import path from 'node:path'
import { z } from 'zod'
import { KEY_TYPES } from './found-key.ts'
import { ALGORITHMS } from './public-key.ts'

/** MIG's, also where 0 is written. */
const DEFAULT_DEPTH = 8
const DEPTH_LIMIT = 1000
const LIST_LIMIT = 256
const PATH_LENGTH_LIMIT = 4096

const isAbsolute = (place: string): boolean =>
  path.posix.isAbsolute(place) || path.win32.isAbsolute(place)

const searchPath = z
  .string()
  .max(PATH_LENGTH_LIMIT)
  .refine(isAbsolute, { error: 'must be an absolute path' })
  .refine((place) => !place.includes('\0'), { error: 'must not hold a zero character' })

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

/** Go writes an empty list as null. */
const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .max(LIST_LIMIT)
    .nullish()
    .transform((items) => items ?? [])

export const parameters = z.strictObject({
  /** Empty: home directories. */
  paths: list(searchPath),
  maxdepth: z
    .int()
    .min(0)
    .max(DEPTH_LIMIT)
    .nullish()
    .transform((depth) => (depth ?? 0) || DEFAULT_DEPTH),
  fingerprints: list(fingerprint),
  types: list(z.enum(KEY_TYPES)),
  algorithms: list(z.enum(ALGORITHMS)),
  encrypted: z.boolean().nullish(),
})
export type Parameters = z.infer<typeof parameters>
