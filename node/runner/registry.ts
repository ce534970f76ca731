/** The modules a child can run, loaded by address so that tests can hand in misbehaving ones. Nothing in an action chooses it. */
import { extname } from 'node:path'
import type { Module } from '../../agent-modules/contract.ts'

export interface Registry {
  /** Done by a child before it says that it is ready. */
  warmUp?(): Promise<void>
  /** @returns `undefined` when no module is called so. */
  findModule(name: string): Promise<Module | undefined>
}

/** Files of this product end alike: `.ts` in a checkout, `.js` when built. */
const EXTENSION = extname(import.meta.url)

/** The address of a file of this product, `path` without its extension and relative to this folder. */
export const siblingUrl = (path: string): string =>
  new URL(`${path}${EXTENSION}`, import.meta.url).href

/** The product's own modules. */
export const PRODUCT_REGISTRY = siblingUrl('../../agent-modules/registry')

/** @throws TypeError when the file exports no `findModule`. */
export async function loadRegistry(url: string): Promise<Registry> {
  const namespace: unknown = await import(url)
  if (!isRegistry(namespace)) throw new TypeError(`${url} exports no findModule`)
  return namespace
}

const isRegistry = (namespace: unknown): namespace is Registry =>
  typeof namespace === 'object' &&
  namespace !== null &&
  'findModule' in namespace &&
  typeof namespace.findModule === 'function'
