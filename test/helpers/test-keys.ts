/** OpenPGP keys and signatures made at run time, the crooked ones included: what an attacker would build with a library. */
import * as openpgp from 'openpgp'

export const DAY_MS = 24 * 60 * 60 * 1000

export interface TestKey {
  readonly privateKey: openpgp.PrivateKey
  readonly publicKey: openpgp.PublicKey
  readonly armored: string
  readonly fingerprint: string
}

export interface TestKeyInit {
  readonly name?: string
  readonly kind?: 'ed25519Legacy' | 'ed25519' | 'v6' | 'rsa' | 'nistP256' | 'nistP384' | 'nistP521'
  readonly createdMs: number
  readonly expiresAfterMs?: number
  /** Signing subkeys, of the same kind. */
  readonly subkeys?: number
  /** Of an RSA key; 2048 by default, anything less is weak on purpose. */
  readonly rsaBits?: number
}

export async function makeTestKey(init: TestKeyInit): Promise<TestKey> {
  const { name = 'Test', createdMs, expiresAfterMs = 0, subkeys = 0 } = init
  const { privateKey, publicKey } = await openpgp.generateKey({
    ...kindOptions(init),
    userIDs: [{ name, email: 'test@example.org' }],
    date: new Date(createdMs),
    keyExpirationTime: expiresAfterMs / 1000,
    subkeys: Array.from({ length: subkeys }, () => ({ sign: true })),
    config: { v6Keys: init.kind === 'v6', minRSABits: 1024 },
    format: 'object',
  })
  return asTestKey(privateKey, publicKey)
}

export const asTestKey = (
  privateKey: openpgp.PrivateKey,
  publicKey: openpgp.PublicKey,
): TestKey => ({
  privateKey,
  publicKey,
  armored: publicKey.armor(),
  fingerprint: publicKey.getFingerprint(),
})

function kindOptions({
  kind = 'ed25519Legacy',
  rsaBits = 2048,
}: TestKeyInit): Pick<openpgp.KeyOptions, 'type' | 'curve' | 'rsaBits'> {
  if (kind === 'rsa') return { type: 'rsa', rsaBits }
  if (kind === 'ed25519' || kind === 'v6') return { type: 'curve25519' }
  return { type: 'ecc', curve: kind }
}

/** A good detached signature, as any OpenPGP.js user makes one. */
export async function signDetached(
  { privateKey }: TestKey,
  bytes: Uint8Array,
  options: { createdMs: number; keyId?: openpgp.KeyID },
): Promise<Uint8Array> {
  const signature: unknown = await openpgp.sign({
    message: await openpgp.createMessage({ binary: bytes }),
    signingKeys: privateKey,
    detached: true,
    format: 'binary',
    date: new Date(options.createdMs),
    ...(options.keyId === undefined ? {} : { signingKeyIDs: options.keyId }),
  })
  return signature as Uint8Array
}

export interface CraftInit {
  /** The secret packet that signs: `privateKey.keyPacket`, or a subkey's. */
  readonly keyPacket: openpgp.AnyKeyPacket
  readonly bytes: Uint8Array
  readonly createdMs: number
  readonly type?: openpgp.enums.signature
  readonly hash?: openpgp.enums.hash
  /** Changes what goes into the packet before it is signed. */
  readonly prepare?: (packet: openpgp.SignaturePacket) => void
  /** Replaces the hashed subpackets as a whole. */
  readonly hashedArea?: Uint8Array
}

/** A signature with anything in it that the standard, or good sense, forbids. */
export async function craftSignature(init: CraftInit): Promise<Uint8Array> {
  const { keyPacket, bytes, createdMs, hashedArea } = init
  const packet = new openpgp.SignaturePacket()
  packet.signatureType = init.type ?? openpgp.enums.signature.binary
  packet.publicKeyAlgorithm = keyPacket.algorithm
  packet.hashAlgorithm = init.hash ?? openpgp.enums.hash.sha256
  init.prepare?.(packet)
  if (hashedArea !== undefined) {
    const counted = Buffer.concat([
      Uint8Array.of(hashedArea.length >> 8, hashedArea.length & 255),
      hashedArea,
    ])
    Object.assign(packet, { writeHashedSubPackets: () => counted })
  }
  const message = await openpgp.createMessage({ binary: bytes })
  await signPacket(packet, keyPacket, { data: message.packets[0], createdMs })
  return writePackets([packet])
}

/** `SignaturePacket.sign` with the parameters that its types leave out. */
export async function signPacket(
  packet: openpgp.SignaturePacket,
  keyPacket: openpgp.AnyKeyPacket,
  { data, createdMs }: { data: unknown; createdMs: number },
): Promise<void> {
  const sign = packet.sign.bind(packet) as (...args: readonly unknown[]) => Promise<void>
  const config = { ...openpgp.config, nonDeterministicSignaturesViaNotation: false }
  await sign(keyPacket, data, new Date(createdMs), true, config)
}

export function writePackets(packets: readonly openpgp.AnyPacket[]): Uint8Array {
  const list = new openpgp.PacketList<openpgp.AnyPacket>()
  list.push(...packets)
  return list.write()
}

/** A public key whose packets were edited, armored again without asking whether it still makes sense. */
export function editKey(
  key: openpgp.PublicKey,
  edit: (packets: openpgp.AnyPacket[]) => readonly openpgp.AnyPacket[],
): string {
  return armorPublic(writePackets(edit([...key.toPacketList()])))
}

export const armorPublic = (bytes: Uint8Array): string =>
  openpgp.armor(openpgp.enums.armor.publicKey, bytes)

/** One subpacket (RFC 9580 section 5.2.3.7) with a one-octet length. */
export const subpacket = (type: number, body: Uint8Array): Uint8Array =>
  Buffer.concat([Uint8Array.of(body.length + 1, type), body])

/** Replaces the unhashed area of a version 4 signature packet; everything else stays. */
export function withUnhashedArea(signature: Uint8Array, area: Uint8Array): Uint8Array {
  const isLong = (signature[1] ?? 0) >= 192
  const body = signature.subarray(isLong ? 3 : 2)
  const hashedEnd = 6 + ((body[4] ?? 0) << 8) + (body[5] ?? 0)
  const unhashedEnd = hashedEnd + 2 + ((body[hashedEnd] ?? 0) << 8) + (body[hashedEnd + 1] ?? 0)
  const changed = Buffer.concat([
    body.subarray(0, hashedEnd),
    Uint8Array.of(area.length >> 8, area.length & 255),
    area,
    body.subarray(unhashedEnd),
  ])
  return newPacket(2, changed)
}

/** A packet with a new-format header. */
export function newPacket(tag: number, body: Uint8Array): Uint8Array {
  const over = body.length - 192
  const length = over < 0 ? [body.length] : [192 + (over >> 8), over & 255]
  return Buffer.concat([Uint8Array.of(0xc0 | tag, ...length), body])
}
