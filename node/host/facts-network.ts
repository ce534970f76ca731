/** What this machine calls itself and where it can be reached, from its own tables: nobody on the network is asked. */
import type { NetworkInterfaceInfo } from 'node:os'
import { readSmallFile } from './facts-file.ts'

/** A container host has hundreds of interfaces, a presence record has 16 KiB. */
const ADDRESSES_LIMIT = 64
const NAME_LIMIT = 253

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

/** The full name of `hostname`: itself when it has a domain, else what /etc/hosts says. `root` is for tests. */
export async function readFullName(hostname: string, root = ''): Promise<string> {
  const short = hostname === '' ? 'localhost' : hostname.slice(0, NAME_LIMIT)
  if (short.includes('.')) return short
  const hosts = (await readSmallFile(`${root}/etc/hosts`)) ?? ''
  const full = hosts
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1))
    .filter((names) => names.includes(short))
    .flatMap((names) => names.filter((name) => name.startsWith(`${short}.`)))[0]
  return (full ?? short).slice(0, NAME_LIMIT)
}

/** CIDR strings without loopback; link-local ones last, since every interface has one and the list is bounded. */
export function addressesOf(interfaces: Interfaces): readonly string[] {
  const found = Object.values(interfaces)
    .flatMap((infos) => infos ?? [])
    .flatMap((info) => (info.internal || info.cidr === null ? [] : [info.cidr]))
  const unique = [...new Set(found)].sort()
  const local = unique.filter(isLinkLocal)
  return [...unique.filter((cidr) => !isLinkLocal(cidr)), ...local].slice(0, ADDRESSES_LIMIT)
}

const isLinkLocal = (cidr: string): boolean => /^(fe[89ab]|169\.254\.)/i.test(cidr)

/** `host:port` of the proxy that the environment names, without its credentials; `undefined` for none. */
export function proxyOf(environment: Readonly<NodeJS.ProcessEnv>): string | undefined {
  const named = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY']
    .map((key) => environment[key])
    .find((value) => value !== undefined && value !== '')
  if (named === undefined) return undefined
  const url = URL.parse(named.includes('://') ? named : `http://${named}`)
  return url === null || url.host === '' ? undefined : url.host
}
