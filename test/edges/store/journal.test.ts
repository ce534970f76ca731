/** What ever began to run here is never forgotten unsaid: torn appends, damaged bytes, full disks. */
import { appendFile, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DocumentId } from '../../../node/core/ids.ts'
import { createJournal, openJournal } from '../../../node/store/journal.ts'

const NOW_MS = 1_700_000_000_000
const id = (digit: string): DocumentId => digit.repeat(64) as DocumentId
const ALL = ['a', 'b', 'c'].map(id)

let folder: string
let path: string
let logged: unknown[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mig-journal-'))
  path = join(folder, 'journal')
  logged = []
  await createJournal(path)
})
afterEach(() => rm(folder, { recursive: true }))

const openHere = (): ReturnType<typeof openJournal> =>
  openJournal({
    path,
    clock: { now: () => NOW_MS },
    logger: { log: (event, data) => void logged.push({ event, ...data }) },
  })

async function write(...ids: readonly DocumentId[]): Promise<void> {
  const journal = await openHere()
  for (const each of ids) await journal.start(each)
  await journal.close()
}

async function reread(): Promise<{ lostBeforeMs: number; held: readonly DocumentId[] }> {
  const journal = await openHere()
  await journal.close()
  return { lostBeforeMs: journal.lostBeforeMs, held: ALL.filter((each) => journal.has(each)) }
}

describe('the journal', () => {
  it('holds what began to run, over any number of restarts', async () => {
    await write(id('a'))
    await write(id('b'))
    expect(await reread()).toEqual({ lostBeforeMs: 0, held: [id('a'), id('b')] })
    expect(logged).toEqual([])
  })

  it.each([1, 40, 73])('forgives %i bytes of a last line that a crash cut short', async (size) => {
    await write(id('a'))
    const line = (await readFile(path, 'utf8')).split('\n')[1]!
    await appendFile(path, line.replaceAll('a', 'b').slice(0, size))
    await write(id('c'))
    expect(await reread()).toEqual({ lostBeforeMs: 0, held: [id('a'), id('c')] })
    expect(logged).toEqual([])
  })

  /** The place of one byte of the second line, or its end. */
  it.each([
    ['a byte that splits a line', 20, '\n'],
    ['a byte that splits the checksum off', 64, '\n'],
    ['a changed byte', 20, 'x'],
    ['two lines run together', 73, ' '],
    ['a line cut short in the middle of the file', 30, ''],
  ])('counts everything before as lost after %s, and says so', async (_, at, byte) => {
    await write(...ALL)
    const text = await readFile(path, 'utf8')
    const place = text.indexOf('b'.repeat(64)) + at
    await writeFile(path, `${text.slice(0, place)}${byte}${text.slice(place + (byte.length || 9))}`)
    const { lostBeforeMs, held } = await reread()
    expect(lostBeforeMs).toBe(NOW_MS)
    expect(held).toContain(id('a'))
    expect(logged).toMatchObject([{ event: 'journal-lost', kept: held.length }])
    expect(await reread()).toEqual({ lostBeforeMs: NOW_MS, held })
    expect(logged).toHaveLength(1)
  })

  it('counts the last line as damaged when its end of line is', async () => {
    await write(id('a'), id('b'))
    const text = await readFile(path, 'utf8')
    await writeFile(path, `${text.slice(0, -1)}x`)
    expect(await reread()).toEqual({ lostBeforeMs: NOW_MS, held: [id('a')] })
  })

  it('begins the next line anew after an append that failed half-way', async () => {
    const journal = await openHere()
    const probe = await open(path)
    const prototype = Object.getPrototypeOf(probe) as typeof probe
    await probe.close()
    const original = prototype.appendFile
    const broken = vi.spyOn(prototype, 'appendFile')
    broken.mockImplementationOnce(async function (this: typeof probe, data) {
      await original.call(this, String(data).slice(0, 30))
      throw new Error('ENOSPC')
    })
    await expect(journal.start(id('a'))).rejects.toThrow('ENOSPC')
    broken.mockRestore()
    await journal.start(id('b'))
    await journal.close()
    expect(await reread()).toEqual({ lostBeforeMs: 0, held: [id('b')] })
    expect(logged).toEqual([])
  })
})
