/** The size of a page of memory, as Linux tells every process. */
import type { Machine } from './machine.ts'
import { readProc } from './procfs.ts'

/** AT_PAGESZ of the auxiliary vector (getauxval(3)), a list of pairs of machine words. */
const PAGE_SIZE_KEY = 6n
const DEFAULT = 4096

export function pageSizeOf(machine: Machine): number {
  const bytes = readProc(machine, 'self/auxv') ?? Buffer.alloc(0)
  const words = new BigUint64Array(new Uint8Array(bytes.subarray(0, bytes.length & ~7)).buffer)
  for (let index = 0; index + 1 < words.length; index += 2)
    if (words[index] === PAGE_SIZE_KEY) return Number(words[index + 1])
  return DEFAULT
}
