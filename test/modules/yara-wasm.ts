/** A registry for the runner that has `yara` by WebAssembly alone. */
import { yaraBy } from '../../agent-modules/yara/index.ts'

const yara = yaraBy('wasm')

export const findModule = (name: string) => Promise.resolve(name === 'yara' ? yara : undefined)
