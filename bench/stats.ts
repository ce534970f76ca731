/** Medians and tables for the bench. */

/** The value below which the share `at` (0 to 1) of the sorted samples lies. */
export function percentile(samples: readonly number[], at: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN
}

export const median = (samples: readonly number[]): number => percentile(samples, 0.5)

export const ms = (value: number): string => `${value.toFixed(0)} ms`

export function table(title: string, rows: readonly (readonly string[])[]): void {
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  process.stdout.write(`\n${title}\n`)
  for (const row of rows) {
    process.stdout.write(
      `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}\n`,
    )
  }
}
