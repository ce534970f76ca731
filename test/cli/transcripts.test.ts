/** Runs every transcript under transcripts/ and compares: `$` begins a command, `? 2` its exit code when it is not 0. After a wanted change: vitest -u. */
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../cli/run.ts'
import { readFullName } from '../../node/host/facts-network.ts'
import { recordingIo } from '../helpers/recording-io.ts'

const FOLDER = join(import.meta.dirname, 'transcripts')
const WRITTEN_AT_S = 1_700_000_000

/** Files that transcripts speak of, under {dir}. */
const FILES: Readonly<Record<string, string>> = {
  'notes.txt': 'first line\nsecret=1\n',
  'key.pem': '-----BEGIN PRIVATE KEY-----\n',
  'not-json.json': '{"name": "x", }',
  'no-target.json': '{"name": "x", "operations": [{"module": "file", "parameters": {}}]}',
  'odd-key.json': '{"name": "x", "target": "true", "operatoins": []}',
  'twice.json':
    '{"name": "x",\n  "target": "true", "operations": [{"module": "file", "parameters": {}}],\n  "target": "false"}',
  'bad-parameters.json':
    '{"name": "x", "target": "true", "operations": [{"module": "file", "parameters": {"searches": {"s1": {"paths": ["etc"]}}}}]}',
  'mig.json':
    '{"name": "look", "target": "name LIKE \'%db%\'", "id": 7, "status": "pending", "syntaxversion": 2, "operations": [{"module": "file", "parameters": {"searches": {"s1": {"paths": ["/etc"], "names": ["^x$"]}}}}]}',
  'envelope.json':
    '{"payloadType":"application/vnd.mig.action+json","payload":"e30","signatures":[]}',
  'evidence.json': '{"evidenceversion": 2}',
}

describe('transcripts', () => {
  let dir = ''
  let host = ''
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mig-cli-'))
    host = await readFullName(hostname())
    for (const [name, text] of Object.entries(FILES)) {
      await writeFile(join(dir, name), text, { mode: 0o644 })
      await utimes(join(dir, name), WRITTEN_AT_S, WRITTEN_AT_S)
    }
  })
  afterAll(() => rm(dir, { recursive: true }))

  it.each(readdirSync(FOLDER).filter((name) => name.endsWith('.txt')))('%s', async (name) => {
    const path = join(FOLDER, name)
    const played = await play(readFileSync(path, 'utf8'))
    await expect(played).toMatchFileSnapshot(path)
  })

  async function play(transcript: string): Promise<string> {
    const lines: string[] = []
    for (const line of transcript.split('\n')) {
      if (line.startsWith('#') || line === '') lines.push(line)
      if (line.startsWith('$ mig'))
        lines.push(line, ...(await outputOf(line.slice('$ mig'.length))))
    }
    return lines.join('\n')
  }

  async function outputOf(command: string): Promise<readonly string[]> {
    const words = split(command).map((word) => word.replaceAll('{dir}', dir))
    const { io, text } = recordingIo({ HOME: dir })
    const code = await run(words, io, new AbortController().signal)
    const output = text().replaceAll(dir, '{dir}').replaceAll(`${host} `, '{host} ')
    const shown = output === '' ? [] : steady(output).split('\n')
    return code === 0 ? shown : [...shown, `? ${String(code)}`]
  }
})

/** Without what differs from run to run, or grows with every module. */
const steady = (output: string): string =>
  output
    .replace(/\n$/, '')
    .replace(/ran in \S+\./g, 'ran in {time}.')
    .replace(/^(mig: no module .*; there are:) .*$/gm, '$1 {modules}')

/** Words of a command line, in single or double quotes or none. */
function split(command: string): readonly string[] {
  const words = command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)
  return [...words].map(([, single, double, bare]) => single ?? double ?? bare ?? '')
}
