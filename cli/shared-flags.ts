/** Flags that mig and a module both have, as -p and -t of ping: where one stands tells whose it is, and people are told so. */
import type { Module } from '../agent-modules/contract.ts'
import { HUNT_FLAGS, PROGRAM_FLAGS } from './flags.ts'

const OURS: ReadonlySet<string> = new Set([...HUNT_FLAGS, ...PROGRAM_FLAGS].map(({ name }) => name))

/** What to know before typing them; undefined where a module has none. */
export function sharedFlags({ name: module, flags }: Module): string | undefined {
  const shared = flags.filter(({ name }) => OURS.has(name)).map(({ name }) => `-${name}`)
  const first = flags.find(({ name }) => !OURS.has(name))
  if (shared.length === 0 || first === undefined) return undefined
  const others = `the other flags of ${module}, as -${first.name},`
  return `${shared.join(' and ')} before ${others} are mig's; behind them they are ${module}'s`
}

/** Behind the reason why `-t` is refused, where it may be that the other one was meant; else empty. */
export function hintFor(module: Module, flag: string): string {
  const isShared = module.flags.some(({ name }) => `-${name}` === flag && OURS.has(name))
  return isShared ? `; ${sharedFlags(module) ?? ''}` : ''
}
