/** Public keys and certificates a line each, as in `.pub` files and in authorized_keys with its options (sshd(8)). Not for known_hosts: keys of other hosts. */
import { DAMAGED, type Damaged, type FoundKey } from './found-key.ts'
import { decodeBase64, readOr } from './pem.ts'
import { DamagedKeyError, isAlgorithm, parsePublicKey } from './public-key.ts'

interface KeyLine {
  readonly number: number
  readonly algorithm: string
  readonly base64: string
  readonly hasOptions: boolean
}

/** Every key in base64 begins with this: the length of its name is below 256. */
const BEGINNING = 'AAAA'
const LINE_FORM = /^(?<algorithm>[a-z0-9@.-]{1,64})[ \t]+(?<base64>AAAA[A-Za-z0-9+/=]*)(?=\s|$)/
/** Options without what is between their quotes. */
const OPTIONS_FORM = /^[A-Za-z][A-Za-z0-9-]*(?:="")?(?:,[A-Za-z][A-Za-z0-9-]*(?:="")?)*$/

export function* lineKeys(text: string, baseName: string): Generator<FoundKey | Damaged> {
  if (baseName.includes('known_hosts')) return
  const lines = parseLines(text)
  const isList =
    baseName.startsWith('authorized_keys') ||
    lines.length > 1 ||
    lines.some(({ hasOptions }) => hasOptions)
  for (const line of lines) yield readOr(DAMAGED, () => keyOf(line, isList))
}

function keyOf({ number, algorithm, base64, hasOptions }: KeyLine, isList: boolean): FoundKey {
  const key = parsePublicKey(decodeBase64(base64))
  if (key.algorithm !== algorithm) throw new DamagedKeyError('not the kind of key it says')
  const type = key.isCertificate ? 'certificate' : isList ? 'authorizedkeys' : 'public'
  return {
    type,
    format: 'openssh',
    encrypted: false,
    public: key,
    ...(isList ? { line: number, options: hasOptions } : {}),
  }
}

function parseLines(text: string): readonly KeyLine[] {
  const lines: KeyLine[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const parsed = line.includes(BEGINNING) ? parseLine(line.trimStart()) : undefined
    if (parsed !== undefined) lines.push({ number: index + 1, ...parsed })
  }
  return lines
}

function parseLine(line: string): Omit<KeyLine, 'number'> | undefined {
  const bare = keyAt(line)
  if (bare !== undefined) return { ...bare, hasOptions: false }
  const optionsEnd = endOfOptions(line)
  const behind = optionsEnd === 0 ? undefined : keyAt(line.slice(optionsEnd).trimStart())
  return behind === undefined ? undefined : { ...behind, hasOptions: true }
}

function keyAt(line: string): Pick<KeyLine, 'algorithm' | 'base64'> | undefined {
  const { algorithm = '', base64 = '' } = LINE_FORM.exec(line)?.groups ?? {}
  return isAlgorithm(algorithm) ? { algorithm, base64 } : undefined
}

/** Where the first blank is that is not between quotes; 0 where there are no options before it. */
function endOfOptions(line: string): number {
  let names = ''
  let isQuoted = false
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] ?? ''
    if (character === '"') isQuoted = !isQuoted
    if (isQuoted && character === '\\') at += 1
    else if (!isQuoted && (character === ' ' || character === '\t'))
      return OPTIONS_FORM.test(names) ? at : 0
    else if (!isQuoted || character === '"') names += character
  }
  return 0
}
