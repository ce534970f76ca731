/** Accepted documents on a real disk: a stronger envelope takes a weaker one's place in one step. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toUtf8 } from '../../../node/core/bytes.ts'
import type { DocumentId, EnvelopeId, Fingerprint } from '../../../node/core/ids.ts'
import type { StoredDocument } from '../../../node/core/ports.ts'
import { type Database, openDatabase } from '../../../node/store/database.ts'
import { openDocuments } from '../../../node/store/documents.ts'
import { silent } from '../../helpers/ladder.ts'

let folder: string
let database: Database
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mig-documents-'))
  const path = join(folder, 'store')
  database = await openDatabase({ path, logger: silent, clock: { now: () => 0 } })
})
afterEach(async () => {
  await database.close()
  await rm(folder, { recursive: true })
})

const SIGNER = 'f'.repeat(40) as Fingerprint
const document = (envelope: string, body: string): StoredDocument => ({
  id: envelope.repeat(64) as EnvelopeId,
  documentId: '1'.repeat(64) as DocumentId,
  kind: 'action',
  bytes: toUtf8(body),
  signers: [SIGNER],
  expiresAtMs: 1000,
})
const keysOnDisk = async (): Promise<string[]> =>
  (await Array.fromAsync(database.records('documents').entries())).map(([key]) => key[0]!)

describe('documents', () => {
  it('hold one envelope of a document, in memory and on disk, and weigh it once', async () => {
    const documents = await openDocuments(database.records('documents'), silent)
    await documents.put(document('b', 'weak'))
    await documents.put(document('b', 'weak'))
    await documents.put(document('a', 'stronger'))
    expect(await keysOnDisk()).toEqual(['a'])
    expect(documents.ids('action')).toEqual(['a'.repeat(64)])
    expect(documents.load(SIGNER)).toEqual({ documents: 1, bytes: 8 })
    const again = await openDocuments(database.records('documents'), silent)
    expect(again.accepted('1'.repeat(64) as DocumentId)?.id).toBe('a'.repeat(64))
  })

  it('write the stronger and take the weaker away in one step', async () => {
    const writes: unknown[] = []
    const records = database.records('documents')
    const documents = await openDocuments(
      {
        ...records,
        put: (key, value, replaced) => {
          writes.push([key[0], replaced?.[0]])
          return records.put(key, value, replaced)
        },
        delete: () => Promise.reject(new Error('the process died here')),
      },
      silent,
    )
    await documents.put(document('b', 'weak'))
    await documents.put(document('a', 'stronger'))
    expect(writes).toEqual([
      ['b', undefined],
      ['a', 'b'],
    ])
    expect(await keysOnDisk()).toEqual(['a'])
  })

  it('are forgotten when their time is over', async () => {
    const documents = await openDocuments(database.records('documents'), silent)
    await documents.put(document('a', 'an action'))
    expect(await documents.dropExpired(999)).toBe(0)
    expect(await documents.dropExpired(1000)).toBe(1)
    expect(await keysOnDisk()).toEqual([])
    expect(documents.load(SIGNER)).toEqual({ documents: 0, bytes: 0 })
  })
})
