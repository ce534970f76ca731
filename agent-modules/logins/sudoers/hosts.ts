/** Whether a list of hosts means this one, by its names and addresses, as sudo compares them (sudoers(5), Host_List). Netgroups are not asked. */
import { askIfconfig } from '../../support/ifconfig.ts'
import { askLinks } from '../../support/iproute.ts'
import type { Machine } from '../../support/machine.ts'
import type { CardAddress, NetworkCard } from '../../support/network-card.ts'
import { Pattern } from '../../support/pattern.ts'
import type { Asking } from '../asking.ts'
import { readFullName, readHostName } from './host-name.ts'
import { isOnNetwork, parseHostNetwork, type HostNetwork } from './host-network.ts'
import type { Member } from './statement.ts'

/** Undefined where that cannot be told. */
type Verdict = boolean | undefined

export class SudoersHost {
  readonly #asking: Asking
  /** What `Defaults fqdn` says; where nothing does, how sudo was built decides. */
  readonly #usesFullNames: boolean | undefined
  readonly #verdicts = new Map<string, Verdict>()
  #name: Promise<string | undefined> | undefined
  #fullName: Promise<string | undefined> | undefined
  #addresses: Promise<readonly CardAddress[] | undefined> | undefined

  constructor(asking: Asking, usesFullNames: boolean | undefined) {
    this.#asking = asking
    this.#usesFullNames = usesFullNames
  }

  /** By its members, the last first, without aliases. */
  async isMeantBy(list: readonly Member[]): Promise<Verdict> {
    let [mayBe, mayBeNot] = [false, false]
    for (const member of list) {
      const verdict = await this.#verdictOf(member)
      if (verdict === undefined && member.isNegated) mayBeNot = true
      else if (verdict === undefined) mayBe = true
      else if (verdict) return (member.isNegated ? mayBe : mayBeNot) ? undefined : !member.isNegated
    }
    return mayBe ? undefined : false
  }

  async #verdictOf({ kind, text }: Member): Promise<Verdict> {
    if (kind === 'all') return true
    if (kind !== 'name') return undefined
    if (this.#verdicts.has(text)) return this.#verdicts.get(text)
    const { pace } = this.#asking
    if (pace.isDue()) await pace.turn()
    const network = parseHostNetwork(text)
    const verdict = await (network === undefined ? this.#isCalled(text) : this.#isOn(network))
    this.#verdicts.set(text, verdict)
    return verdict
  }

  /** Names with a dot are held against the whole name, others against its first part. */
  async #isCalled(written: string): Promise<Verdict> {
    const name = await (this.#name ??= readHostName(this.#asking))
    if (name === undefined) return undefined
    if (!written.includes('.')) return isLike(name.replace(/\..*/s, ''), written)
    if (name.includes('.')) return isLike(name, written)
    if (this.#usesFullNames === false) return false
    const full = await (this.#fullName ??= readFullName(this.#asking))
    const isOurs = full === undefined ? undefined : isLike(full, written)
    return isOurs === true ? this.#usesFullNames : isOurs
  }

  async #isOn({ address, mask }: HostNetwork): Promise<Verdict> {
    if (mask === 'odd') return undefined
    const addresses = await (this.#addresses ??= readAddresses(this.#asking))
    return addresses?.some((own) => isOnNetwork(own, { address, mask }))
  }
}

/** Names as shells have them, `web[0-9]*`, in any case; undefined where a class is named, which depends on the language. */
function isLike(name: string, written: string): Verdict {
  if (!/[*?[]/.test(written)) return name.toLowerCase() === written.toLowerCase()
  if (written.includes('[:')) return undefined
  try {
    return new Pattern(`(?is)^${written.replace(GLOB, reOf)}$`).test(name)
  } catch {
    // A range that ends before it begins.
    return undefined
  }
}

const GLOB = /\[(?<not>[!^]?)(?<members>\]?[^\]]*)\]|[^]/gu

function reOf(token: string, not: string, members?: string): string {
  if (members !== undefined)
    return `[${not === '' ? '' : '^'}${members.replace(/[\\[\]^]/g, '\\$&')}]`
  if (token === '*') return '.*'
  return token === '?' ? '.' : token.replace(/[\\^$.+()[\]{}|]/, '\\$&')
}

async function linuxCards(
  machine: Machine,
  signal: AbortSignal,
): Promise<readonly NetworkCard[] | undefined> {
  const links = await askLinks(machine, { signal })
  return links.kind === 'answered' ? links.rows : undefined
}

/** Undefined where the platform's tool does not tell, which is among the errors. */
async function readAddresses(asking: Asking): Promise<readonly CardAddress[] | undefined> {
  const { machine, signal, errors } = asking
  const cards = await (machine.platform === 'linux' ? linuxCards : askIfconfig)(machine, signal)
  if (cards === undefined)
    errors.notice(
      'sudoers: the addresses of this host are not known: it is not told whether rules for addresses are for it',
    )
  return cards?.flatMap(({ addresses }) => addresses)
}
