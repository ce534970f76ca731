/** A node's home on disk: `config.json`, `key.json`, later `store/`, `journal`, `ledger` and `socket`. Not for what is in the store. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { z } from 'zod'
import { fromBase64url, toBase64url } from '../core/bytes.ts'
import { MeshError, reasonOf } from '../core/errors.ts'
import { COMPILED_POLICY } from './compiled-policy.ts'
import { fingerprint, person } from '../core/ids.ts'
import { parseJsonText } from '../core/json-text.ts'
import { parseWith } from '../core/parse.ts'
import { parsePolicy, type Policy } from '../core/policy.ts'

const FILE_SIZE_LIMIT = 8 * 1024 * 1024

/** Every setting of a home, with its default. Paths are relative to the home. */
export const configSchema = z.strictObject({
  policy: z
    .string()
    .default('policy.json')
    .describe('the policy file of the mesh; not read where one is built in'),
  name: z
    .string()
    .max(256)
    .optional()
    .describe('what this host calls itself; default: its full host name'),
  listen: z
    .array(z.string().max(256))
    .max(16)
    .default([])
    .describe(
      'multiaddrs to listen on; none: dial out only; "/p2p-circuit": through a relay among the peers connected with, for a node that nobody can dial',
    ),
  announce: z
    .array(z.string().max(256))
    .max(16)
    .default([])
    .describe('further addresses to tell others'),
  bootstrap: z
    .array(z.string().max(256))
    .max(64)
    .optional()
    .describe("peers to begin with, in place of the policy's"),
  mdns: z.boolean().default(false).describe('find peers on the local network'),
  tags: z
    .record(z.string().max(256), z.string().max(1024))
    .default({})
    .describe('tags of this agent, for targets'),
  refreshseconds: z
    .number()
    .int()
    .min(1)
    .max(86_400)
    .default(300)
    .describe('how often an agent reads its facts again'),
  person: person.optional().describe('whose home this is, for investigators'),
  gpgkey: fingerprint.optional().describe('the key to sign with, kept by gpg-agent'),
  gnupghome: z.string().optional().describe('the GnuPG home of that key'),
  keyfile: z
    .string()
    .optional()
    .describe('an OpenPGP private key file to sign with, where there is no gpg'),
  macros: z
    .record(z.string().max(64), z.string().max(4096))
    .default({})
    .describe('short names for targets'),
})
type HomeConfig = z.infer<typeof configSchema>

/** The node's own keys: Ed25519 for its peer id and signatures, X25519 for what is sealed to it. */
export interface NodeKey {
  readonly seed: Uint8Array
  readonly sealing: { readonly publicKey: string; readonly privateKey: string }
}

const base64url32 = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be 32 bytes in base64url')
const keySchema = z.strictObject({
  seed: base64url32,
  sealing: z.strictObject({ publicKey: base64url32, privateKey: base64url32 }),
})

export interface Home {
  readonly path: string
  readonly config: HomeConfig
  readonly key: NodeKey
  readonly policy: Policy
  /** A path inside of the home. */
  file(name: 'store' | 'journal' | 'ledger' | 'socket'): string
  /** A path that the configuration gives, relative to the home. */
  resolve(path: string): string
}

/** Reads a home. @throws MeshError HOME_INVALID, CONFIG_INVALID, POLICY_INVALID, FILE_UNREADABLE */
export async function openHome(path: string): Promise<Home> {
  const root = resolve(path)
  const info = await stat(join(root, 'config.json')).catch(() => undefined)
  if (info === undefined) {
    throw new MeshError({
      code: 'HOME_INVALID',
      path: root,
      reason: 'has no config.json; make a mesh with: mig init DIR',
    })
  }
  const config = await readAs(configSchema, join(root, 'config.json'))
  const inHome = (name: string): string => (isAbsolute(name) ? name : join(root, name))
  const policy = parsePolicy(COMPILED_POLICY ?? (await readJsonFile(inHome(config.policy))))
  return {
    path: root,
    config,
    key: await readKey(join(root, 'key.json')),
    policy,
    file: (name) => join(root, name),
    resolve: inHome,
  }
}

/** Writes a new home's configuration and keys. The directory and the key are for their owner only. @throws MeshError HOME_INVALID when there is one already */
export async function createHome(
  path: string,
  config: z.input<typeof configSchema>,
  key: NodeKey,
): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  const text = { seed: toBase64url(key.seed), sealing: key.sealing }
  try {
    await writeJsonFile(join(path, 'key.json'), text)
    await writeJsonFile(join(path, 'config.json'), config)
  } catch (cause) {
    throw new MeshError({ code: 'HOME_INVALID', path, reason: reasonOf(cause) }, { cause })
  }
}

/** A new file that only its owner can read; never overwrites. */
export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
}

/** Size-bounded JSON from disk. @throws MeshError FILE_UNREADABLE, TOO_LARGE */
async function readJsonFile(path: string): Promise<unknown> {
  try {
    const { size } = await stat(path)
    if (size > FILE_SIZE_LIMIT)
      throw new MeshError({ code: 'TOO_LARGE', what: path, size, limit: FILE_SIZE_LIMIT })
    return parseJsonText(await readFile(path, 'utf8'))
  } catch (cause) {
    if (cause instanceof MeshError) throw cause
    throw new MeshError({ code: 'FILE_UNREADABLE', path, reason: reasonOf(cause) }, { cause })
  }
}

async function readAs<T>(schema: z.ZodType<T>, file: string): Promise<T> {
  const parsed = parseWith(schema, await readJsonFile(file))
  if (parsed.ok) return parsed.value
  throw new MeshError({ code: 'CONFIG_INVALID', file, path: parsed.path, reason: parsed.reason })
}

async function readKey(file: string): Promise<NodeKey> {
  const { seed, sealing } = await readAs(keySchema, file)
  const { mode } = await stat(file)
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new MeshError({
      code: 'KEY_INVALID',
      key: file,
      reason: 'others can read it; run: chmod 600',
    })
  }
  const bytes = fromBase64url(seed)
  if (bytes?.length !== 32)
    throw new MeshError({ code: 'KEY_INVALID', key: file, reason: 'seed is not 32 bytes' })
  return { seed: bytes, sealing }
}
