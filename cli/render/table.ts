/** Columns for people, as wide as their widest cell. */
import { printable } from '../../node/core/printable.ts'

const GAP = '  '

/** Lines of a table; the last column is not padded, so nothing ends in spaces. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const all = [header, ...rows.map((row) => row.map(printable))]
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join(GAP)
      .trimEnd(),
  )
}
