/** Keys as PuTTY writes them (its manual, appendix C), and public and private keys between `---- BEGIN SSH2` lines (RFC 4716, ssh.com). */
import { DAMAGED, type Damaged, type FoundKey } from './found-key.ts'
import { decodeBase64, readOr } from './pem.ts'
import { DamagedKeyError, parsePublicKey, WireReader } from './public-key.ts'

const PUTTY_FORM =
  /^PuTTY-User-Key-File-(?<version>[23]): .{1,64}\r?\nEncryption: (?<cipher>.{1,64})\r?\n(?:Comment: .{0,1024}\r?\n)?Public-Lines: (?<count>[0-9]{1,3})\r?\n/
/** ssh.com's own private keys begin with this number. */
const SSHCOM_MAGIC = 0x3f6ff9eb
const [OPEN, CLOSE, DASHES] = ['---- BEGIN SSH2 ', '---- END SSH2 ', ' ----']
const LABEL_LIMIT = 64

/** The public part stands in clear, also of an encrypted key. */
export function* puttyKeys(text: string): Generator<FoundKey | Damaged> {
  if (!text.startsWith('PuTTY-User-Key-File-')) return
  yield readOr(DAMAGED, () => {
    const form = PUTTY_FORM.exec(text)
    if (form?.groups === undefined) throw new DamagedKeyError('of no known version')
    const { version, cipher, count } = form.groups
    const lines = text.slice(form[0].length).split('\n', Number(count))
    return {
      type: 'private',
      format: version === '2' ? 'putty2' : 'putty3',
      encrypted: cipher !== 'none',
      public: parsePublicKey(decodeBase64(lines.join(''))),
    }
  })
}

export function* ssh2Keys(text: string): Generator<FoundKey | Damaged> {
  for (let at = text.indexOf(OPEN); at >= 0; at = text.indexOf(OPEN, at)) {
    const labelAt = at + OPEN.length
    const label = text.slice(labelAt, labelAt + LABEL_LIMIT).split(DASHES, 1)[0] ?? ''
    const end = text.indexOf(CLOSE, labelAt)
    const inside = text.slice(labelAt + label.length + DASHES.length, Math.max(end, labelAt))
    if (label === 'PUBLIC KEY') yield readOr(DAMAGED, () => publicKey(inside))
    else if (label === 'ENCRYPTED PRIVATE KEY') yield readOr(DAMAGED, () => sshcomKey(inside))
    if (end < 0) return
    at = end
  }
}

function publicKey(inside: string): FoundKey {
  const key = parsePublicKey(decodeBase64(withoutHeaders(inside)))
  const type = key.isCertificate ? 'certificate' : 'public'
  return { type, format: 'rfc4716', encrypted: false, public: key }
}

/** Its label says encrypted also where it is not. */
function sshcomKey(inside: string): FoundKey {
  const reader = new WireReader(decodeBase64(withoutHeaders(inside)))
  if (reader.uint32() !== SSHCOM_MAGIC) throw new DamagedKeyError('of no known version')
  // The length of all, and the kind of key in words of its own.
  reader.uint32()
  reader.string()
  return { type: 'private', format: 'sshcom', encrypted: reader.string().toString() !== 'none' }
}

/** `Name: value`, of which a `\` at the end of a line continues on the next. */
function withoutHeaders(inside: string): string {
  let isHeader = false
  return inside
    .split('\n')
    .filter((line) => {
      const isPart = isHeader || line.includes(':')
      isHeader = isPart && line.trimEnd().endsWith('\\')
      return !isPart
    })
    .join('\n')
}
