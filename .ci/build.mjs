// Bundles the programs into dist/: one file a program instead of a thousand, which starts five times faster. Only the
// native addon of LevelDB and the engines of YARA stay packages of their own. With `--policy FILE` the rules of a mesh are
// built in, and no file on a host's disk can change them.
import { build } from 'esbuild'
import { readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { parseJsonText } from '../node/core/json-text.ts'

const { policy } = parseArgs({ options: { policy: { type: 'string' } } }).values
const compiled =
  policy === undefined ? undefined : JSON.stringify(parseJsonText(readFileSync(policy, 'utf8')))

/** Reads zod as a namespace: then what nobody uses of it (its messages in fifty languages) stays out, three quarters of it. */
const leanZod = {
  name: 'lean-zod',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replace(
        /^import \{ z \} from 'zod'$/m,
        "import * as z from 'zod'",
      ),
    }))
  },
}

const root = fileURLToPath(new URL('..', import.meta.url))
rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true })
await build({
  absWorkingDir: root,
  entryPoints: [
    'cli/main.ts',
    'node/main.ts',
    'bootstrap/main.ts',
    'node/runner/child.ts',
    'agent-modules/registry.ts',
    'agent-modules/yara/wasm-worker.ts',
  ],
  outdir: 'dist',
  outbase: '.',
  bundle: true,
  splitting: true,
  // Shared code lies beside the runner's child, so that addresses relative to it hold.
  chunkNames: 'node/runner/chunk-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node24',
  external: ['classic-level', '@litko/yara-x', '@virustotal/yara-x'],
  plugins: [leanZod],
  define: compiled === undefined ? {} : { MIG_COMPILED_POLICY: compiled },
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'external',
  logLevel: 'warning',
})
