import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { openLogger } from '../../../node/host/logger.ts'

const clock = { now: () => Date.UTC(2026, 10, 21, 2, 30) }

function openTestLogger() {
  const lines: string[] = []
  return { lines, log: openLogger({ clock, write: (line) => lines.push(line) }).log }
}

describe('the log', () => {
  it('says that a node is ready in exactly one line that begins with the event', () => {
    const { lines, log } = openTestLogger()
    log('ready', { peer: '12D3KooW', addresses: ['/ip4/127.0.0.1/tcp/4001'] })
    expect(lines).toEqual([
      '{"event":"ready","peer":"12D3KooW","addresses":["/ip4/127.0.0.1/tcp/4001"],"time":"2026-11-21T02:30:00.000Z"}\n',
    ])
  })

  it('keeps one event on one line, whatever the data', () => {
    const { lines, log } = openTestLogger()
    log('odd', { text: 'two\nlines\r\u2028', event: 'forged', time: 'forged' })
    expect(lines).toHaveLength(1)
    expect(lines[0]?.match(/\n/g)).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      event: 'odd',
      text: 'two\nlines\r\u2028',
      time: '2026-11-21T02:30:00.000Z',
    })
  })

  it('shortens what is too long to be a log line', () => {
    const { lines, log } = openTestLogger()
    log('long', { text: 'x'.repeat(5000), list: Array.from({ length: 100 }, () => 'y') })
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      text: `${'x'.repeat(1024)}…`,
      list: { length: 64 },
    })
  })

  it('writes to stderr, and nothing when it is silent', () => {
    const url = new URL('../../../node/host/logger.ts', import.meta.url).href
    const script = `import { openLogger } from '${url}'
      openLogger({ level: 'silent' }).log('unheard'); openLogger().log('heard')`
    const both = execFileSync('/bin/sh', [
      '-c',
      '"$0" --input-type=module -e "$1" 2>&1 >/dev/null',
      process.execPath,
      script,
    ])
    expect(both.toString()).toMatch(/^\{"event":"heard","time":"[^"]+"\}\n$/)
  })
})
