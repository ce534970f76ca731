/** A module's description, which is Markdown for its page, as a terminal shows it: columns for tables, no marks. */

const ROW = /^\|(.*)\|$/
const RULE = /^[\s|:-]+$/

/** `backtick` and ** marks are dropped, tables become columns as wide as their widest cell; all else stays. */
export function plainText(markdown: string): string {
  const lines = markdown.split('\n')
  const blocks = lines.reduce<string[][]>((done, line, index) => {
    const joins = ROW.test(line) && ROW.test(lines[index - 1] ?? '')
    if (joins) done.at(-1)?.push(line)
    else done.push([line])
    return done
  }, [])
  return blocks
    .flatMap((block) => (ROW.test(block[0] ?? '') ? tableLines(block) : block))
    .map((line) => line.replace(/`([^`]*)`|\*\*([^*]+)\*\*/g, '$1$2').trimEnd())
    .join('\n')
}

function tableLines(block: readonly string[]): readonly string[] {
  const rows = block.filter((row) => !RULE.test(row)).map(cellsOf)
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => visible(row[column] ?? '').length)),
  )
  return rows.map((row) =>
    row.map((cell, column) => cell + ' '.repeat(gap(cell, widths[column] ?? 0))).join('  '),
  )
}

/** Cells between bars; `\|` is a bar within one. */
const cellsOf = (row: string): readonly string[] =>
  (ROW.exec(row)?.[1] ?? '').split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'))

const visible = (cell: string): string => cell.replaceAll('`', '').replaceAll('**', '')
const gap = (cell: string, width: number): number => Math.max(0, width - visible(cell).length)
