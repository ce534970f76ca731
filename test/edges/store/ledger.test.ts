/** The owner's list keeps its chain over crashes, restarts and any number of files, and shows what was changed. */
import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLedger, readLedger } from '../../../node/store/ledger.ts'

const LIMIT = 2000
const clock = { now: () => 1_700_000_000_000 }

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mig-ledger-'))
  path = join(folder, 'ledger')
})
afterEach(() => rm(folder, { recursive: true }))

async function write(...events: readonly string[]): Promise<void> {
  const ledger = await openLedger({ path, clock, fileSizeLimit: LIMIT })
  for (const event of events) await ledger.append({ event })
  await ledger.close()
}

/** Events in order; those that do not follow from the one before are marked. */
async function read(): Promise<readonly string[]> {
  const lines = await Array.fromAsync(readLedger(path))
  return lines.map(({ text, isChained }) => {
    const { event } = JSON.parse(text) as { event: string }
    return isChained ? event : `${event}!`
  })
}
const events = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `event ${String(index)}`)

describe('the ledger', () => {
  it('is empty where there is none', async () => {
    expect(await read()).toEqual([])
  })

  it('goes on with its chain after a restart, and after half a line that a crash left', async () => {
    await write('a', 'b')
    await appendFile(path, '{"time":"2026-11-2')
    expect(await read()).toEqual(['a', 'b'])
    await write('c')
    expect(await read()).toEqual(['a', 'b', 'c'])
  })

  it('shows the first line that was changed, and the one after a line that was cut out', async () => {
    await write('a', 'b', 'c', 'd')
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace('"b"', '"x"'))
    expect(await read()).toEqual(['a', 'x', 'c!', 'd'])
    await writeFile(path, text.split('\n').toSpliced(1, 1).join('\n'))
    expect(await read()).toEqual(['a', 'c!', 'd'])
  })

  it('finds its last line though that is longer than what is looked at first', async () => {
    await write('a', 'x'.repeat(300_000))
    await write('c')
    expect((await read()).map((each) => each.length)).toEqual([1, 300_000, 1])
  })

  it('puts files aside when they have grown, and keeps one chain over all of them', async () => {
    for (const event of events(60)) await write(event)
    expect(await readdir(folder)).toContain('ledger.3')
    for (const name of await readdir(folder))
      expect((await stat(join(folder, name))).size).toBeLessThan(LIMIT + 200)
    expect(await read()).toEqual(events(60))
  })

  it('goes on where a crash came between putting aside and the next file', async () => {
    await write(...events(15))
    await rm(path)
    const held = await read()
    await write('after')
    expect(await read()).toEqual([...held, 'after'])
  })

  it('shows that an old file was taken away', async () => {
    await write(...events(40))
    await rm(`${path}.1`)
    const rest = await read()
    expect(rest[0]).toMatch(/!$/)
    expect(rest.slice(1).join()).not.toContain('!')
  })

  it('holds no character that moves a cursor or turns text, and means the same', async () => {
    const event = 'a\u009b2J\u202egnp.exe\ufeff\u061c\u200b\u2066'
    await write(event)
    expect(await readFile(path, 'utf8')).toMatch(/^[\x20-\x7e]+\n$/)
    expect(await read()).toEqual([event])
  })
})
