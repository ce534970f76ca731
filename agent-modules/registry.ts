/** Every module this product has. */
import type { Module } from './contract.ts'
import { example } from './example/index.ts'
import { file } from './file/index.ts'

export const REGISTRY: readonly Module[] = [example, file]

/** The module of this name, which is case-sensitive. */
export function findModule(name: string): Module | undefined {
  return REGISTRY.find((module) => module.name === name)
}
