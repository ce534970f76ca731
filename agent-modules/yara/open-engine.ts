/** Chooses the engine: the native one where a package holds it for this machine, else WebAssembly. */
import type { Engine, EngineName } from './engine.ts'
import { loadNative } from './native-engine.ts'
import { openWasmEngine } from './wasm-engine.ts'

export interface EngineOptions {
  /** Absent: the best that this machine has. */
  readonly only?: EngineName | undefined
  /** Ends the engine, whatever it is doing; absent: nobody will. */
  readonly signal?: AbortSignal | undefined
}

/** Compiles the rules. @throws RuleError */
export async function openEngine(source: string, options: EngineOptions = {}): Promise<Engine> {
  const { only, signal } = options
  if (only !== 'wasm') {
    const native = await loadNative()
    if (native !== undefined) return native(source)
    if (only === 'native') throw new Error('no native engine is built for this machine')
  }
  return openWasmEngine(source, signal)
}
