/** Rules and files made from a seed, as a hunter's rule set and a host's disk might look: for tests against the real `yara`, and for the bench. */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { seeded, type Seeded } from '../helpers/seeded.ts'

export interface CorpusRule {
  readonly name: string
  readonly source: string
  /** Bytes that a file must hold for the rule to hit, or for all but its last condition to hold. */
  readonly bait: Buffer
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const word = (random: Seeded, length: number): string =>
  Array.from({ length }, () => random.pick([...LETTERS])).join('')
const hexOf = (bytes: Buffer): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(' ')
const randomBytes = (random: Seeded, length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => random.integer(256)))
const wide = (text: string): Buffer => Buffer.from(text, 'utf16le')

interface Shape {
  readonly strings: string
  readonly condition: string
  readonly bait: Buffer
}

/** One maker for each kind of string that rules are written of. */
const MAKERS: readonly ((random: Seeded) => Shape)[] = [
  (random) => {
    const text = word(random, 12)
    return { strings: `$a = "${text}"`, condition: '$a', bait: Buffer.from(text) }
  },
  (random) => {
    const text = word(random, 10)
    const bait = Buffer.from(text.toUpperCase())
    return { strings: `$a = "${text}" nocase`, condition: '$a', bait }
  },
  (random) => {
    const text = word(random, 9)
    return { strings: `$a = "${text}" wide`, condition: '$a', bait: wide(text) }
  },
  (random) => {
    const text = word(random, 9)
    const bait = random.integer(2) === 0 ? wide(text.toLowerCase()) : Buffer.from(text)
    return { strings: `$a = "${text}" wide ascii nocase`, condition: '$a', bait }
  },
  (random) => {
    const [head, tail] = [randomBytes(random, 5), randomBytes(random, 5)]
    const gap = randomBytes(random, 2 + random.integer(9))
    const strings = `$a = { ${hexOf(head)} [2-8] ${hexOf(tail)} }`
    return { strings, condition: '$a', bait: Buffer.concat([head, gap, tail]) }
  },
  (random) => {
    const bytes = randomBytes(random, 10)
    const strings = `$a = { ${hexOf(bytes.subarray(0, 4))} ?? ${hexOf(bytes.subarray(5, 8))} ( ${hexOf(bytes.subarray(8))} | 00 01 ) }`
    return { strings, condition: '$a', bait: bytes }
  },
  (random) => {
    const text = word(random, 6)
    const digits = String(1000 + random.integer(9000))
    const bait = Buffer.from(`${text}-${digits}`)
    return { strings: `$a = /${text}-[0-9]{2,4}/`, condition: '$a', bait }
  },
  (random) => {
    const text = word(random, 7)
    const bait = Buffer.from(`${text}${random.pick(['.exe', '.DLL'])}`)
    return { strings: `$a = /${text}\\.(exe|dll)/ nocase`, condition: '$a', bait }
  },
  (random) => {
    const text = word(random, 8)
    const bait = Buffer.from(random.integer(2) === 0 ? ` ${text} ` : `x${text}`)
    return { strings: `$a = "${text}" fullword`, condition: '$a', bait }
  },
  (random) => {
    const words = [word(random, 8), word(random, 8), word(random, 8)]
    const bait = Buffer.from(words.slice(random.integer(3)).join(' '))
    const strings = words.map((text, at) => `$s${String(at)} = "${text}"`).join('\n    ')
    return { strings, condition: '2 of ($s*)', bait }
  },
  (random) => {
    const text = word(random, 8)
    const bait = Buffer.from(text.repeat(1 + random.integer(4)))
    return { strings: `$a = "${text}"`, condition: '#a > 2 and filesize < 100KB', bait }
  },
  (random) => {
    const text = word(random, 6)
    return { strings: `$a = "${text}"`, condition: '$a at 0', bait: Buffer.from(text) }
  },
]

/** `count` rules, of every kind in turn. */
export function makeRules(count: number, seed: number): readonly CorpusRule[] {
  const random = seeded(seed)
  return Array.from({ length: count }, (_, at) => {
    const { strings, condition, bait } = (MAKERS[at % MAKERS.length] ?? MAKERS[0]!)(random)
    const name = `made_${String(at)}`
    const source = `rule ${name} {\n  strings:\n    ${strings}\n  condition:\n    ${condition}\n}\n`
    return { name, source, bait }
  })
}

export interface TreeInit {
  readonly files: number
  /** Most bytes of a file; sizes are skewed to the small. */
  readonly largest: number
  /** One file in so many holds bait. */
  readonly baitEvery: number
  readonly seed: number
}

const NOISE_SIZE = 1 << 20

/** Text and binary files below `root`, some holding what a few of the rules look for. */
export function writeTree(root: string, rules: readonly CorpusRule[], init: TreeInit): void {
  const random = seeded(init.seed)
  const binary = randomBytes(random, NOISE_SIZE)
  const text = Buffer.from(binary.map((byte) => (byte < 36 ? 0x20 : 0x61 + (byte % 26))))
  for (let at = 0; at < init.files; at += 1) {
    const folder = path.join(root, `d${String(Math.floor(at / 200))}`)
    if (at % 200 === 0) mkdirSync(folder, { recursive: true })
    const noise = at % 3 === 0 ? binary : text
    const size = Math.floor(init.largest * random.fraction() ** 3)
    const body = sliceOf(noise, { size, from: random.integer(NOISE_SIZE) })
    const bait = at % init.baitEvery === 0 ? baitOf(rules, random) : []
    const isFirst = random.integer(2) === 0
    writeFileSync(
      path.join(folder, `f${String(at)}`),
      Buffer.concat(isFirst ? [...bait, body] : [body, ...bait]),
    )
  }
}

function baitOf(rules: readonly CorpusRule[], random: Seeded): readonly Buffer[] {
  return Array.from({ length: 1 + random.integer(3) }, () => random.pick(rules).bait).flatMap(
    (bait) => [bait, Buffer.from('\n')],
  )
}

function sliceOf(noise: Buffer, { size, from }: { size: number; from: number }): Buffer {
  const body = Buffer.allocUnsafe(size)
  for (let at = 0; at < size;) at += noise.copy(body, at, (from + at) % noise.length)
  return body
}
