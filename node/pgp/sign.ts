/** Makes OpenPGP signatures over bytes: with the user's gpg-agent or with a private key file. Not for envelopes (core/envelope.ts). */
import type { PrivateKey } from 'openpgp'
import { MeshError, reasonOf } from '../core/errors.ts'
import type { Fingerprint } from '../core/ids.ts'
import { findSecretKeys } from './gpg-keys.ts'
import { lastLine, runGpg, type GpgAnswer } from './gpg.ts'
import { readKeyFile, type KeyFileOptions } from './key-file.ts'
import { loadOpenPgp, strictConfig } from './openpgp.ts'
import { readSignaturePacket, type PacketRefusal } from './signature-packet.ts'

export interface Signer {
  /** Of the primary key, whichever subkey signs: what goes into an envelope as `keyid`. */
  readonly fingerprint: Fingerprint
  /**
   * One binary detached signature packet over `bytes`, in its normal form (no unhashed area).
   * @throws MeshError SIGNING_FAILED; the signal's reason when aborted
   */
  sign(bytes: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>
}

export interface GpgSignerInit {
  /** Whatever gpg takes: a fingerprint, a key id, an address; with `!` at its end exactly that key or subkey signs. */
  readonly keyid: string
  readonly gnupgHome?: string
  /** The executable, `gpg` by default. */
  readonly program?: string
}

/**
 * Signs through gpg-agent: the key never leaves the keyring or smartcard, and gpg chooses the signing subkey.
 * @throws MeshError SIGNING_FAILED when gpg is absent, or `keyid` means no secret key or more than one
 */
export async function gpgSigner({ keyid, gnupgHome, program }: GpgSignerInit): Promise<Signer> {
  const options = { home: gnupgHome, program }
  const [key, another] = await findSecretKeys(keyid, options)
  if (key === undefined) throw failed(keyid, 'gpg has no secret key by this name')
  if (another !== undefined) {
    throw failed(keyid, 'gpg has several secret keys by this name; give the fingerprint')
  }
  const { fingerprint } = key
  const user = keyid.endsWith('!') ? keyid : fingerprint
  return {
    fingerprint,
    async sign(bytes, signal) {
      const answer = await runGpg(signArguments(user), { ...options, input: bytes, signal })
      const isCreated = answer.status.some((line) => line.startsWith('SIG_CREATED '))
      if (answer.exitCode !== 0 || !isCreated) throw failed(fingerprint, whyNot(answer))
      return normalForm(answer.stdout, { fingerprint, madeBy: 'gpg (see gpg.conf)' })
    },
  }
}

/** A preference, not an order: gpg still takes the larger digest that a larger curve needs. */
const signArguments = (user: string): readonly string[] => [
  ...['--personal-digest-preferences', 'SHA256 SHA384 SHA512', '--default-sig-expire', '0'],
  ...['--no-armor', '--no-textmode', '--local-user', user, '--output', '-', '--detach-sign'],
]

/**
 * Signs with an armored private key file, for hosts without gpg.
 * @throws MeshError FILE_UNREADABLE, KEY_INVALID, SIGNING_FAILED (see readKeyFile)
 */
export async function keyFileSigner(path: string, options: KeyFileOptions = {}): Promise<Signer> {
  const key = await readKeyFile(path, options)
  const fingerprint = key.getFingerprint() as Fingerprint
  return {
    fingerprint,
    async sign(bytes, signal) {
      signal?.throwIfAborted()
      const packet = await signDetached(key, bytes, options.nowMs?.()).catch((cause: unknown) => {
        throw failed(fingerprint, reasonOf(cause), cause)
      })
      return normalForm(packet, { fingerprint, madeBy: 'the key file' })
    },
  }
}

async function signDetached(
  key: PrivateKey,
  bytes: Uint8Array,
  nowMs: number | undefined,
): Promise<Uint8Array> {
  const openpgp = await loadOpenPgp()
  const message = await openpgp.createMessage({ binary: bytes })
  const packet: unknown = await openpgp.sign({
    message,
    signingKeys: key,
    detached: true,
    format: 'binary',
    config: strictConfig(openpgp),
    ...(nowMs === undefined ? {} : { date: new Date(nowMs) }),
  })
  if (packet instanceof Uint8Array) return packet
  throw new TypeError('OpenPGP.js gave no bytes')
}

/** A signature that other peers would refuse is not handed out: a gpg.conf can ask for SHA-1, two signers, notations. */
function normalForm(
  packet: Uint8Array,
  { fingerprint, madeBy }: { fingerprint: Fingerprint; madeBy: string },
): Uint8Array {
  const form = readSignaturePacket(packet)
  if (typeof form !== 'string') return form.normal
  throw failed(fingerprint, `${madeBy} made a signature that peers refuse: ${UNFIT[form]}`)
}

const UNFIT: Readonly<Record<PacketRefusal, string>> = {
  malformed: 'not exactly one OpenPGP signature packet of version 4 or 6',
  'wrong-type': 'not a signature over a binary document',
  'weak-hash': 'its digest is weaker than SHA-256',
  'unknown-critical': 'it has a critical subpacket, such as a notation',
  expiring: 'it expires; the document itself says how long it counts',
}

const failed = (key: string, reason: string, cause?: unknown): MeshError =>
  new MeshError({ code: 'SIGNING_FAILED', key, reason }, { cause })

/** libgpg-error's numbers (err-codes.h.in): what went wrong, in words that say what to do. */
const GPG_ERRORS: ReadonlyMap<number, string> = new Map([
  [11, 'wrong passphrase'],
  [17, 'gpg has no secret key for it; is the smartcard plugged in?'],
  [85, 'gpg-agent finds no pinentry program to ask for the passphrase'],
  [99, 'the passphrase prompt was cancelled'],
  [198, 'the passphrase prompt was cancelled'],
])
const PINENTRY_SOURCE = 5

/** Why gpg made no signature: its status code where there is one, else the last thing it said. */
function whyNot({ exitCode, status, stderr }: GpgAnswer): string {
  const line = status.find((entry) => entry.startsWith('FAILURE sign '))
  const number = Number(line?.split(' ')[2] ?? 0)
  const known = GPG_ERRORS.get(number & 0xffff)
  if (known !== undefined) return known
  if (((number >>> 24) & 0x7f) === PINENTRY_SOURCE) {
    return 'pinentry cannot ask for the passphrase here; set GPG_TTY to $(tty), or unlock the key first'
  }
  const said = lastLine(stderr)
  return said === '' ? `gpg ended with code ${exitCode ?? 'none'}` : said
}
