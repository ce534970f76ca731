/** Sealing: only the recipients open a result, only whole, and only in the context that it was sealed in. */
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { toBase64url } from '../../../node/core/bytes.ts'
import {
  generateSealingKey,
  open,
  seal as sealTo,
  type SealInput,
  type SealingKey,
} from '../../../node/pgp/seal.ts'

const CONTEXT = Buffer.from('action 1, agent A')
const PLAINTEXT = Buffer.from('{"foundanything":true}')

let holmes: SealingKey
let watson: SealingKey
let moriarty: SealingKey
let sealed: Uint8Array

beforeAll(async () => {
  holmes = await generateSealingKey()
  watson = await generateSealingKey()
  moriarty = await generateSealingKey()
  const recipients = [holmes.publicKey, watson.publicKey]
  sealed = await seal(PLAINTEXT, { recipients, context: CONTEXT })
})

const invalid = { code: 'SEAL_INVALID' }

async function seal(plaintext: Uint8Array, input: SealInput): Promise<Uint8Array> {
  const outcome = await sealTo(plaintext, input)
  if (outcome.sealed === undefined) throw new Error('nobody to seal to')
  return outcome.sealed
}

describe('a sealed result', () => {
  it('is opened by every recipient', async () => {
    for (const key of [holmes, watson]) {
      expect(await open(sealed, { ...key, context: CONTEXT })).toEqual(PLAINTEXT)
    }
  })

  it('may be empty, or megabytes', async () => {
    for (const size of [0, 1, 3_000_000]) {
      const plaintext = Buffer.alloc(size, 7)
      const recipients = [holmes.publicKey]
      const bytes = await seal(plaintext, { recipients, context: CONTEXT })
      expect(bytes).toHaveLength(2 + 32 + 112 + size + 16)
      expect(plaintext.equals(await open(bytes, { ...holmes, context: CONTEXT }))).toBe(true)
    }
  })

  it('takes 255 recipients', async () => {
    const keys = await Promise.all(Array.from({ length: 255 }, generateSealingKey))
    const recipients = keys.map(({ publicKey }) => publicKey)
    const bytes = await seal(PLAINTEXT, { recipients, context: CONTEXT })
    for (const key of [keys[0], keys[254]]) {
      expect(key && (await open(bytes, { ...key, context: CONTEXT }))).toEqual(PLAINTEXT)
    }
  })

  it('stays closed to everybody else', async () => {
    await expect(open(sealed, { ...moriarty, context: CONTEXT })).rejects.toMatchObject(invalid)
    const disguised = { ...moriarty, publicKey: holmes.publicKey, context: CONTEXT }
    await expect(open(sealed, disguised)).rejects.toMatchObject(invalid)
    const noKey = { publicKey: '', privateKey: '', context: CONTEXT }
    await expect(open(sealed, noKey)).rejects.toMatchObject(invalid)
  })

  it('belongs to one action and agent', async () => {
    const elsewhere = Buffer.from('action 2, agent A')
    await expect(open(sealed, { ...holmes, context: elsewhere })).rejects.toMatchObject(invalid)
  })

  it('never looks the same twice, and never shows what is in it', async () => {
    const recipients = [holmes.publicKey]
    const one = await seal(PLAINTEXT, { recipients, context: CONTEXT })
    const two = await seal(PLAINTEXT, { recipients, context: CONTEXT })
    expect(Buffer.from(one.subarray(2, 34))).not.toEqual(Buffer.from(two.subarray(2, 34)))
    expect(Buffer.from(one).includes('foundanything')).toBe(false)
  })

  it('opens to nothing when any bit of it was changed, cut off or added', async () => {
    const law = fc.asyncProperty(
      fc.nat({ max: sealed.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      async (at, mask) => {
        const changed = Uint8Array.from(sealed, (octet, index) =>
          index === at ? octet ^ mask : octet,
        )
        await expect(open(changed, { ...holmes, context: CONTEXT })).rejects.toMatchObject(invalid)
      },
    )
    await fc.assert(law, { numRuns: 200 })
    const shapes = [0, 1, 2, 33, 34, 145, 258, sealed.length - 1].map((end) =>
      sealed.subarray(0, end),
    )
    for (const shape of [...shapes, Buffer.concat([sealed, Buffer.of(0)])]) {
      await expect(open(shape, { ...holmes, context: CONTEXT })).rejects.toMatchObject(invalid)
    }
  })

  it('cannot be moved to another recipient by exchanging stanzas', async () => {
    const other = await seal(Buffer.from('other'), {
      recipients: [holmes.publicKey, watson.publicKey],
      context: CONTEXT,
    })
    const spliced = Buffer.concat([
      sealed.subarray(0, 146),
      other.subarray(146, 258),
      sealed.subarray(258),
    ])
    await expect(open(spliced, { ...watson, context: CONTEXT })).rejects.toThrow('commits to')
    await expect(open(spliced, { ...holmes, context: CONTEXT })).rejects.toMatchObject(invalid)
  })
})

describe('a recipient that nothing can be sealed to', () => {
  const lowOrder = ['00'.repeat(32), `01${'00'.repeat(31)}`].map((hex) =>
    toBase64url(Buffer.from(hex, 'hex')),
  )

  it('is left out and named, and the others are served: wrong size, padded, a point of low order', async () => {
    for (const key of ['', 'AAAA', `${holmes.publicKey}=`, `${holmes.publicKey}A`, ...lowOrder]) {
      const recipients = [key, holmes.publicKey]
      const outcome = await sealTo(PLAINTEXT, { recipients, context: CONTEXT })
      expect(outcome.unusable).toEqual([key])
      const bytes = outcome.sealed ?? Buffer.alloc(0)
      expect(await open(bytes, { ...holmes, context: CONTEXT })).toEqual(PLAINTEXT)
    }
  })

  it('is not sealed to when it is the only one', async () => {
    const context = CONTEXT
    expect(await sealTo(PLAINTEXT, { recipients: lowOrder, context })).toEqual({
      sealed: undefined,
      unusable: lowOrder,
    })
    expect((await sealTo(PLAINTEXT, { recipients: [], context })).sealed).toBeUndefined()
  })
})

it('a recipient that is there twice is sealed to once', async () => {
  const recipients = [holmes.publicKey, watson.publicKey, holmes.publicKey]
  expect(await seal(PLAINTEXT, { recipients, context: CONTEXT })).toHaveLength(sealed.length)
})

it('more recipients than an action can name are refused', async () => {
  const recipients = Array.from({ length: 256 }, (_, at) => String(at))
  const sealing = sealTo(PLAINTEXT, { recipients, context: CONTEXT })
  await expect(sealing).rejects.toMatchObject({ code: 'KEY_INVALID' })
})
