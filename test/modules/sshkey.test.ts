/** What `sshkey` finds, held against ssh-keygen and puttygen; and what hostile files do not make it do. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sshkey } from '../../agent-modules/sshkey/index.ts'
import type { Finding } from '../../agent-modules/sshkey/answer.ts'
import { encodeFields } from '../../agent-modules/sshkey/public-key.ts'
import { parameters } from '../../agent-modules/sshkey/parameters.ts'
import { runOn } from '../../agent-modules/sshkey/run.ts'
import { runModule } from '../laws/module.ts'
import { createFileTree } from './file-tree.ts'
import { createMachine } from './machine.ts'

const tree = createFileTree()
afterAll(() => {
  tree[Symbol.dispose]()
})

const has = (program: string): boolean => spawnSync(program, ['-V']).error === undefined
const hasKeygen = has('ssh-keygen')
const hasPuttygen = has('puttygen')
const isRoot = process.getuid?.() === 0

async function find(
  fields: object,
): Promise<{ findings: readonly Finding[]; errors: readonly string[] }> {
  const { findings, errors } = await runModule(sshkey, fields)
  return { findings: findings as readonly Finding[], errors }
}

const findIn = async (place: string, fields: object = {}): Promise<readonly Finding[]> =>
  (await find({ paths: [place], ...fields })).findings

async function findOne(place: string): Promise<Finding> {
  const [only, ...others] = await findIn(place)
  expect(others).toEqual([])
  if (only === undefined) throw new Error(`no key found in ${place}`)
  return only
}

/** What `ssh-keygen -l` prints of a file, in the words of an answer. */
function keygen(file: string): Pick<Finding, 'bits' | 'fingerprint_md5' | 'fingerprint_sha256'>[] {
  const list = (hash: string): string[][] =>
    execFileSync('ssh-keygen', ['-l', '-E', hash, '-f', file], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
  const md5 = list('md5')
  return list('sha256').map(([bits, sha256 = ''], index) => ({
    bits: Number(bits),
    fingerprint_md5: md5[index]?.[1]?.replace('MD5:', '') ?? '',
    fingerprint_sha256: sha256,
  }))
}

function generate(name: string, ...options: readonly string[]): string {
  const file = tree.at(name)
  mkdirSync(path.dirname(file), { recursive: true })
  execFileSync('ssh-keygen', ['-q', '-C', 'someone@example', '-f', file, ...options])
  return file
}

const PASSPHRASES = { plain: '', encrypted: 'correct horse' } as const
const KINDS = {
  'ssh-rsa': ['-t', 'rsa', '-b', '2048'],
  'ssh-dss': ['-t', 'dsa'],
  'ecdsa-sha2-nistp256': ['-t', 'ecdsa', '-b', '256'],
  'ecdsa-sha2-nistp384': ['-t', 'ecdsa', '-b', '384'],
  'ecdsa-sha2-nistp521': ['-t', 'ecdsa', '-b', '521'],
  'ssh-ed25519': ['-t', 'ed25519'],
} as const
const PEM_FORMATS: Readonly<Record<string, string>> = { 'ssh-rsa': 'pkcs1', 'ssh-dss': 'dsa' }

interface Case {
  readonly algorithm: string
  readonly written: 'openssh' | 'PEM' | 'PKCS8'
  readonly state: keyof typeof PASSPHRASES
  readonly options: readonly string[]
}

const CASES: readonly Case[] = Object.entries(KINDS).flatMap(([algorithm, options]) =>
  (['openssh', 'PEM', 'PKCS8'] as const)
    // OpenSSH writes Ed25519 in its own format only.
    .filter((written) => written === 'openssh' || algorithm !== 'ssh-ed25519')
    .flatMap((written) =>
      (['plain', 'encrypted'] as const).map((state) => ({ algorithm, written, state, options })),
    ),
)

describe.skipIf(!hasKeygen)('keys that ssh-keygen makes', { timeout: 60_000 }, () => {
  it.each(CASES)('finds $state $algorithm as $written', async (made) => {
    const { algorithm, written, state, options } = made
    const file = generate(
      `made/${algorithm}/${written}-${state}`,
      ...options,
      ...(written === 'openssh' ? [] : ['-m', written]),
      ...['-N', PASSPHRASES[state]],
    )
    const isOpaque = state === 'encrypted' && written !== 'openssh'
    const format = written === 'PEM' ? (PEM_FORMATS[algorithm] ?? 'sec1') : written.toLowerCase()
    const [expected] = keygen(`${file}.pub`)
    expect(await findOne(file)).toEqual({
      ...expected,
      ...{ path: file, type: 'private', encrypted: state === 'encrypted', algorithm, format },
      ...(isOpaque ? { frompublicfile: true } : {}),
    })
    expect(await findOne(`${file}.pub`)).toMatchObject({ ...expected, type: 'public', algorithm })
    rmSync(`${file}.pub`)
    expect((await findOne(file)).fingerprint_sha256).toBe(
      isOpaque ? undefined : expected?.fingerprint_sha256,
    )
  })

  it('finds a public key as RFC 4716 writes it, with headers over several lines', async () => {
    const file = generate('ssh2/key', '-t', 'ecdsa', '-N', '')
    const text = execFileSync('ssh-keygen', ['-e', '-m', 'RFC4716', '-f', file], {
      encoding: 'utf8',
    })
    const long = text.replace(/^Comment:.*$/m, 'Comment: one\\\ntwo\\\nAAAA three\nX-More: x')
    expect(long).not.toBe(text)
    for (const each of [text, long, text.replaceAll('\n', '\r\n')]) {
      writeFileSync(`${file}.ssh2`, each)
      expect(await findOne(`${file}.ssh2`)).toMatchObject({
        ...keygen(file)[0],
        type: 'public',
        format: 'rfc4716',
      })
    }
  })

  it.each(['rsa', 'ecdsa', 'ed25519', 'dsa'])('names a certificate of %s as such', async (kind) => {
    const authority = tree.at('certificates/authority')
    rmSync(authority, { force: true })
    generate('certificates/authority', '-t', 'ed25519', '-N', '')
    const file = generate(`certificates/${kind}`, '-t', kind, '-N', '')
    execFileSync('ssh-keygen', ['-q', '-s', authority, '-I', 'x', '-n', 'root', `${file}.pub`])
    const found = await findOne(`${file}-cert.pub`)
    expect(found).toMatchObject({ ...keygen(`${file}-cert.pub`)[0], type: 'certificate' })
    expect(found.algorithm).toMatch(/-cert-v01@openssh\.com$/)
    expect(found.fingerprint_sha256).toBe((await findOne(file)).fingerprint_sha256)
  })

  it.each([
    ['sk-ssh-ed25519@openssh.com', [Buffer.alloc(32, 7), Buffer.from('ssh:')]],
    [
      'sk-ecdsa-sha2-nistp256@openssh.com',
      [Buffer.from('nistp256'), curvePoint(), Buffer.from('ssh:')],
    ],
  ] as const)('finds the public key of a security key: %s', async (algorithm, fields) => {
    const blob = encodeFields([Buffer.from(algorithm), ...fields]).toString('base64')
    const file = tree.write(`sk/${algorithm}.pub`, `${algorithm} ${blob} token\n`)
    expect(await findOne(file)).toMatchObject({ ...keygen(file)[0], algorithm, type: 'public' })
  })

  it('finds every key of authorized_keys that ssh-keygen lists, whatever its options', async () => {
    const keys = ['ed25519', 'ecdsa', 'rsa'].map((kind) =>
      readFileSync(`${generate(`accepted/${kind}`, '-t', kind, '-N', '')}.pub`, 'utf8').trim(),
    )
    const [one = '', two = '', three = ''] = keys
    const file = tree.write(
      'accepted/.ssh/authorized_keys',
      [
        '# a comment, and an empty line',
        '',
        one,
        `command="echo \\"a b\\" ssh-rsa AAAA # no",no-pty ${two}`,
        `  \tfrom="10.0.0.0/8,!10.1.*",cert-authority\t${three}\r`,
        `restrict,environment="A=ssh-ed25519 AAAA" ${one}`,
        `#${two}`,
        `command="never closed ${two}`,
        'ssh-rsa',
      ].join('\n'),
    )
    const { findings, errors } = await find({ paths: [file] })
    expect(findings.map(({ line, options }) => [line, options])).toEqual([
      [3, false],
      [4, true],
      [5, true],
      [6, true],
    ])
    expect(errors).toEqual([])
    const listed = keygen(file)
    expect(listed.length).toBe(4)
    for (const [index, expected] of listed.entries())
      expect(findings[index]).toMatchObject({ ...expected, type: 'authorizedkeys' })
  })
})

/** As it stands in a key: ssh-keygen refuses what is not on the curve. */
function curvePoint(): Buffer {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  return Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
}

describe.skipIf(!hasPuttygen)('keys that puttygen makes', { timeout: 60_000 }, () => {
  const puttygen = (...args: readonly string[]): string =>
    execFileSync('puttygen', args, { encoding: 'utf8' }).trim()

  it.each(
    ['rsa', 'dsa', 'ecdsa', 'ed25519', 'ed448'].flatMap((kind) =>
      (['2', '3'] as const).flatMap((version) =>
        (['plain', 'encrypted'] as const)
          // Making one takes seconds, and its way of writing is that of the others.
          .filter((state) => kind !== 'dsa' || (state === 'plain' && version === '2'))
          .map((state) => ({ kind, version, state })),
      ),
    ),
  )('finds $state $kind in format $version', async ({ kind, version, state }) => {
    const passphrase = tree.write(`putty/pass-${state}`, PASSPHRASES[state])
    const file = tree.at(`putty/${kind}-${version}-${state}.ppk`)
    const size = kind === 'rsa' || kind === 'dsa' ? ['-b', '1024'] : []
    puttygen(
      ...['-q', '-t', kind, ...size, '--ppk-param', `version=${version}`],
      ...['--new-passphrase', passphrase, '-o', file],
    )
    const found = await findOne(file)
    expect(found).toMatchObject({
      type: 'private',
      format: `putty${version}`,
      encrypted: state === 'encrypted',
      fingerprint_sha256: puttygen('-l', file).split(' ')[2],
      fingerprint_md5: puttygen('-l', '-E', 'md5', file).split(' ')[2],
    })
  })

  it.each(['plain', 'encrypted'] as const)("knows ssh.com's %s keys", async (state) => {
    const passphrase = tree.write(`sshcom/pass-${state}`, PASSPHRASES[state])
    const [ppk, file] = [tree.at(`sshcom/${state}.ppk`), tree.at(`sshcom/${state}`)]
    puttygen('-q', '-t', 'rsa', '-b', '1024', '--new-passphrase', passphrase, '-o', ppk)
    puttygen(ppk, '--old-passphrase', passphrase, '-O', 'private-sshcom', '-o', file)
    expect(await findOne(file)).toEqual({
      path: file,
      type: 'private',
      format: 'sshcom',
      encrypted: state === 'encrypted',
    })
  })
})

/** A new key each time. */
function publicLine(): string {
  const { publicKey } = generateKeyPairSync('ed25519')
  const { x = '' } = publicKey.export({ format: 'jwk' })
  const blob = encodeFields([Buffer.from('ssh-ed25519'), Buffer.from(x, 'base64url')])
  return `ssh-ed25519 ${blob.toString('base64')} made@test`
}

describe('files around keys', () => {
  it('finds Ed25519 and keys of other curves in PKCS#8, and several keys in one file', async () => {
    const pem = (type: 'ed25519' | 'ed448' | 'x25519'): string =>
      String(
        generateKeyPairSync(type as 'ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }),
      )
    const file = tree.write('several.pem', `Bag Attributes\n${pem('ed25519')}text\n${pem('ed448')}`)
    const found = await findIn(file)
    expect(found.map(({ algorithm }) => algorithm)).toEqual(['ssh-ed25519', 'ssh-ed448'])
    const { findings, errors } = await find({ paths: [tree.write('x.pem', pem('x25519'))] })
    expect(findings).toEqual([])
    expect(errors).toEqual([expect.stringMatching(/x\.pem: begins like 1 keys/)])
  })

  it('finds a key behind any amount of comments where keys lie, and else in the first 4 KiB', async () => {
    const text = `${'# nothing\n'.repeat(1000)}${publicLine()}\n`
    expect(await findIn(tree.write('late/.ssh/other', text))).toHaveLength(1)
    expect(await findIn(tree.write('late/authorized_keys2', text))).toHaveLength(1)
    expect(await findIn(tree.write('late/key.pub', text))).toHaveLength(1)
    expect(await findIn(tree.write('late/notes', text))).toHaveLength(0)
    expect(await findIn(tree.write('late/notes', text.slice(9000)))).toHaveLength(1)
  })

  it('leaves out known_hosts and what only looks like a key', async () => {
    const key = publicLine()
    tree.write('others/known_hosts', `example.org ${key}\nlocalhost ${key}\n`)
    tree.write('others/zone', 'www IN AAAA 2001:db8::1\n')
    tree.write('others/hosts', `example.org,192.0.2.1 ${key}\n|1|aa=|bb= ${key}\n`)
    tree.write('others/text', 'write ssh-rsa before it\n')
    expect(await find({ paths: [tree.at('others')] })).toEqual({ findings: [], errors: [] })
  })

  it('follows links to files, wherever they lead, but not to directories', async () => {
    const target = tree.write('elsewhere/keys', `${publicLine()}\n`)
    mkdirSync(tree.at('linked/.ssh'), { recursive: true })
    symlinkSync(target, tree.at('linked/.ssh/authorized_keys'))
    symlinkSync(tree.at('elsewhere'), tree.at('linked/directory'))
    symlinkSync('/proc/kmsg', tree.at('linked/kmsg'))
    symlinkSync('gone', tree.at('linked/gone'))
    const { findings, errors } = await find({ paths: [tree.at('linked')] })
    expect(findings.map((one) => one.path)).toEqual([tree.at('linked/.ssh/authorized_keys')])
    expect(errors).toEqual([])
  })

  it('keeps the bytes of a name that is not UTF-8, and finds the .pub beside it', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const pem = privateKey.export({
      ...{ format: 'pem', type: 'pkcs1', cipher: 'aes-128-cbc', passphrase: 'x' },
    })
    mkdirSync(tree.at('raw'))
    const raw = Buffer.concat([Buffer.from(tree.at('raw/')), Buffer.of(0xff)])
    writeFileSync(raw, pem)
    writeFileSync(Buffer.concat([raw, Buffer.from('.pub')]), publicLine())
    const [found] = await findIn(tree.at('raw'))
    expect(found).toMatchObject({
      ...{ type: 'private', encrypted: true, algorithm: 'ssh-ed25519', frompublicfile: true },
      path64: raw.toString('base64'),
    })
  })

  it('says once how much this user may not read', async () => {
    const paths = ['closed/one', 'closed/two'].map((name) => tree.write(name, publicLine()))
    for (const each of paths) chmodSync(each, 0)
    const { findings, errors } = await find({ paths: [tree.at('closed')] })
    if (isRoot) expect(findings).toHaveLength(2)
    else
      expect(errors).toEqual([
        '2 files and directories may not be read by this user and were not looked at',
      ])
  })

  it('says that a path is not there', async () => {
    const { errors } = await find({ paths: [tree.at('never')] })
    expect(errors).toEqual([expect.stringContaining('no such file or directory')])
  })
})

describe('filters', () => {
  const folder = 'filters'
  beforeAll(() => {
    tree.write(`${folder}/a.pub`, publicLine())
    tree.write(`${folder}/authorized_keys`, `${publicLine()}\nno-pty ${publicLine()}\n`)
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    tree.write(`${folder}/key`, String(privateKey.export({ format: 'pem', type: 'pkcs1' })))
    tree.write(
      `${folder}/locked`,
      String(
        privateKey.export({
          ...{ format: 'pem', type: 'pkcs8', cipher: 'aes-128-cbc', passphrase: 'x' },
        }),
      ),
    )
  })
  const names = async (fields: object): Promise<string[]> =>
    (await findIn(tree.at(folder), fields)).map((one) => path.basename(one.path))

  it('let through what all of them want', async () => {
    const all = ['a.pub', 'authorized_keys', 'authorized_keys', 'key', 'locked']
    expect(await names({})).toEqual(all)
    expect(await names({ types: ['private'] })).toEqual(['key', 'locked'])
    expect(await names({ types: ['private'], encrypted: false })).toEqual(['key'])
    expect(await names({ encrypted: true })).toEqual(['locked'])
    expect(await names({ algorithms: ['ssh-rsa'] })).toEqual(['key'])
    expect(await names({ types: ['public', 'authorizedkeys'] })).toEqual(all.slice(0, 3))
  })

  it('know a fingerprint however it is written', async () => {
    const [found] = await findIn(tree.at(folder, 'key'))
    const { fingerprint_sha256: sha256 = '', fingerprint_md5: md5 = '' } = found ?? {}
    for (const text of [sha256, sha256.slice(7), `${sha256}=`, md5, `MD5:${md5.toUpperCase()}`])
      expect(await names({ fingerprints: [text] }), text).toEqual(['key'])
  })

  it('stop at the depth asked for, which 0 and nothing leave at 8', async () => {
    const deep = (levels: number): string => `deep/${'d/'.repeat(levels - 1)}`
    tree.write(`${deep(8)}key.pub`, publicLine())
    tree.write(`${deep(9)}key.pub`, publicLine())
    for (const fields of [{}, { maxdepth: 0 }, { maxdepth: null }, { maxdepth: 8 }])
      expect(await findIn(tree.at('deep'), fields)).toHaveLength(1)
    expect(await findIn(tree.at('deep'), { maxdepth: 9 })).toHaveLength(2)
    expect(await findIn(tree.at('deep'), { maxdepth: 7 })).toHaveLength(0)
  })
})

describe('hostile files', { timeout: 30_000 }, () => {
  const base64 = (...parts: readonly (string | Buffer)[]): string =>
    Buffer.concat(parts.map((part) => Buffer.from(part as string))).toString('base64')
  const huge = Buffer.from('ffffffff', 'hex')
  const pem = (label: string, body: string): string =>
    `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`
  const opensshHead = [
    'openssh-key-v1\0',
    encodeFields([Buffer.from('none'), Buffer.from('none'), Buffer.alloc(0)]),
  ]
  const ONE = Buffer.from('00000001', 'hex')

  it.each<[string, string]>([
    ['a length of 4 GB', `ssh-rsa ${base64('\0\0\0\x07ssh-rsa', huge, 'x')}`],
    [
      'a modulus of nothing',
      `ssh-rsa ${base64(encodeFields([Buffer.from('ssh-rsa'), ONE, Buffer.alloc(9)]))}`,
    ],
    ['a name of 4 GB', pem('OPENSSH PRIVATE KEY', base64('openssh-key-v1\0', huge))],
    ['4 billion keys', pem('OPENSSH PRIVATE KEY', base64(...opensshHead, huge, 'x'))],
    ['a public part of 4 GB', pem('OPENSSH PRIVATE KEY', base64(...opensshHead, ONE, huge))],
    ['base64 in base64', pem('OPENSSH PRIVATE KEY', base64(base64(...opensshHead)))],
    ['another version', pem('OPENSSH PRIVATE KEY', base64('openssh-key-v2\0'))],
    ['no body', pem('RSA PRIVATE KEY', '')],
    ['no base64', pem('PRIVATE KEY', '%%%')],
    ['no end', '-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl'],
    ['the end of another', pem('RSA PRIVATE KEY', 'AAAA').replace('END RSA', 'END DSA')],
    ['numbers that take minutes', pem('PRIVATE KEY', base64(hugeDsaKey()))],
    ['no public lines', 'PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nPublic-Lines: 999\n'],
    ['another PuTTY', 'PuTTY-User-Key-File-9: ssh-rsa\n'],
    ['an SSH2 key cut off', '---- BEGIN SSH2 PUBLIC KEY ----\nAAAA'],
    [
      'more than a key',
      `ssh-ed25519 ${base64(encodeFields([Buffer.from('ssh-ed25519'), Buffer.alloc(32), ONE]))}`,
    ],
    ['another kind than it says', publicLine().replace('ssh-ed25519', 'ssh-rsa')],
  ])('says that a key is damaged: %s', async (_, text) => {
    const started = performance.now()
    const { findings, errors } = await find({ paths: [tree.write('damaged', text)] })
    expect(findings).toEqual([])
    expect(errors).toEqual([
      expect.stringMatching(/damaged: begins like 1 keys that cannot be read/),
    ])
    expect(performance.now() - started).toBeLessThan(5000)
  })

  /** OpenSSL would compute g^x mod p with numbers of 60,000 bits. */
  function hugeDsaKey(): Buffer {
    const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
      const value = Buffer.concat(parts)
      const length = Buffer.alloc(2)
      length.writeUInt16BE(value.length)
      return Buffer.concat([Buffer.of(tag, 0x82), length, value])
    }
    const number = der(2, Buffer.of(1), Buffer.alloc(7500, 0x55), Buffer.of(1))
    const oid = Buffer.from('06072a8648ce380401', 'hex')
    const algorithm = der(
      0x30,
      oid,
      der(0x30, number, der(2, Buffer.of(101)), der(2, Buffer.of(2))),
    )
    return der(0x30, der(2, Buffer.of(0)), algorithm, der(4, number))
  }

  it.each([
    ['one line of a key type', 'ssh-rsa AAAA'],
    ['options that never end', 'command="AAAA '],
    ['quotes', '"AAAA\\'],
    ['keys that begin and do not end', '-----BEGIN RSA PRIVATE KEY-----\n'],
    ['public keys that begin and do not end', '---- BEGIN SSH2 PUBLIC KEY ----\n'],
    ['encrypted keys', pem('ENCRYPTED PRIVATE KEY', 'AAAA')],
    ['blanks', 'ssh-rsa \t'],
    ['lines', '\n'],
  ])('looks at no more than 1 MiB of 100 MB, quickly, and says so: %s', async (_, text) => {
    const file = tree.write('endless/.ssh/file', text.repeat(Math.ceil(2_000_000 / text.length)))
    truncateSync(file, 100_000_000)
    const started = performance.now()
    const { errors } = await find({ paths: [file] })
    expect(errors).toContainEqual(
      expect.stringMatching(/file: only its first 1048576 bytes were looked at/),
    )
    expect(performance.now() - started).toBeLessThan(10_000)
  })

  it('tells only so many keys of one user, and says so', async () => {
    const line = (): string => {
      const parts = [Buffer.from('ssh-ed25519'), randomBytes(32)]
      const blob = parts.flatMap((part) => [Buffer.of(0, 0, 0, part.length), part])
      return `ssh-ed25519 ${Buffer.concat(blob).toString('base64')}\n`
    }
    for (const name of ['authorized_keys', 'authorized_keys2'])
      tree.write(`many/${name}`, Array.from({ length: 6000 }, line).join(''))
    const { findings, errors } = await find({ paths: [tree.at('many')] })
    expect(findings).toHaveLength(10_000)
    expect(errors).toEqual(['only the first 10000 keys in files of one user are told'])
  })

  it('tells nothing of a key but what a fingerprint tells', async () => {
    const line = `command="secret-word",no-pty ${publicLine()} secret-comment`
    const { findings, errors } = await find({ paths: [tree.write('quiet/authorized_keys', line)] })
    expect(findings).toHaveLength(1)
    const said = JSON.stringify([findings, errors])
    expect(said).not.toMatch(/secret/)
    expect(said).not.toContain(line.split(' ').find((word) => word.startsWith('AAAA')))
  })

  it.skipIf(process.platform !== 'linux')(
    'reads no file of the kernel, which has no size',
    async () => {
      const child = spawn('sleep', ['60'], { env: { KEY: `\n${publicLine()}\n` } })
      await once(child, 'spawn')
      try {
        for (const place of [`/proc/${child.pid}/environ`, `/proc/${child.pid}`])
          expect(await findIn(place, { maxdepth: 1 })).toEqual([])
      } finally {
        child.kill()
      }
    },
  )
})

describe('where nobody says where', () => {
  const foundOn = async (machine: ReturnType<typeof createMachine>): Promise<string[]> => {
    const found: string[] = []
    const context = {
      signal: new AbortController().signal,
      startedAtMs: 0,
      reportError: (message: string) => {
        throw new Error(message)
      },
      reportStatistics: () => undefined,
    }
    for await (const one of runOn(machine, parameters.parse({}), context)) found.push(one.path)
    return found
  }

  it('looks into the homes of accounts, and of services only into .ssh', async () => {
    const key = publicLine()
    using machine = createMachine({
      files: {
        '/etc/passwd': [
          'root:x:0:0::/root:/bin/sh',
          'toor:x:0:0::/opt/toor:/bin/sh',
          'git:x:998:998::/var/lib/git:/bin/sh',
          'eve:x:1001:1001::/srv/eve:/bin/sh',
          'wide:x:1500:1500::/:/bin/sh',
          'none:x:65534:65534::/nonexistent:/bin/false',
        ].join('\n'),
        '/root/key.pub': key,
        '/opt/toor/key.pub': key,
        '/var/lib/git/.ssh/authorized_keys': key,
        '/var/lib/git/repository/key.pub': key,
        '/srv/eve/work/key.pub': key,
        '/srv/other.pub': key,
        '/.ssh/authorized_keys': key,
      },
    })
    mkdirSync(`${machine.root}/home`)
    expect(await foundOn(machine)).toEqual([
      '/.ssh/authorized_keys',
      '/opt/toor/key.pub',
      '/root/key.pub',
      '/srv/eve/work/key.pub',
      '/var/lib/git/.ssh/authorized_keys',
    ])
  })

  it('looks into /Users on macOS, and says where it knows no place', async () => {
    const files = { '/Users/eve/.ssh/id_ed25519.pub': publicLine() }
    using mac = createMachine({ platform: 'darwin', files })
    expect(await foundOn(mac)).toEqual(['/Users/eve/.ssh/id_ed25519.pub'])
    using other = createMachine({ platform: 'aix', files })
    await expect(foundOn(other)).rejects.toThrow(/unsupported on this platform \(aix\)/)
  })
})
