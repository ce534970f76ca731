/** A registry for the runner that has `yara` by its native engine alone. */
import { yaraBy } from '../../agent-modules/yara/index.ts'

const yara = yaraBy('native')

export const findModule = (name: string) => Promise.resolve(name === 'yara' ? yara : undefined)
