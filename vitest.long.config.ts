import { defineConfig } from 'vitest/config'

// Kills, crowds and abuse: minutes, not seconds; one file at a time, since each wants the machine for itself.
export default defineConfig({
  test: {
    include: ['test/long/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 60_000,
    pool: 'forks',
    execArgv: ['--expose-gc'],
    fileParallelism: false,
  },
})
