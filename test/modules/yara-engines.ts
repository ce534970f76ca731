/** Which engines of YARA this machine has, for tests that ask each of them. */
import type { EngineName } from '../../agent-modules/yara/engine.ts'
import { loadNative } from '../../agent-modules/yara/native-engine.ts'

/** A package that npm leaves out where nothing is prebuilt. */
export const hasNativeEngine = (await loadNative()) !== undefined

export const ENGINES: readonly EngineName[] = hasNativeEngine ? ['native', 'wasm'] : ['wasm']
