// Puts what `npm run demo` printed into the README: npm run -s demo 2>&1 | node .ci/readme-demo.mjs
// What differs from machine to machine (the directory, facts of files) is written short, and so are long answers.
import { readFileSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'

const README = new URL('../README.md', import.meta.url)
const BLOCK = /(<!-- demo:begin -->\n[^\n]*\n\n```\n)[^]*?(\n```\n<!-- demo:end -->)/

const printed = (await text(process.stdin))
  .trim()
  .replaceAll(/\/\S*\/mig-demo-\w+/g, 'DIR')
  .replaceAll('--home DIR/', '--home ')
  .replaceAll(/\[lastmodified:[^\]]*\]/g, '[...]')
if (!printed.endsWith('nothing of it is left.')) throw new Error('the demo did not end well')

const commands = printed.split(/\n(?=\$ |== )/).map(shorten)
const readme = readFileSync(README, 'utf8')
if (!BLOCK.test(readme)) throw new Error('README has no place for the demo')
writeFileSync(
  README,
  readme.replace(BLOCK, (_, head, tail) => head + commands.join('\n') + tail),
)

/** One command and what it said. */
function shorten(command) {
  const lines = command.split('\n')
  if (lines[0].startsWith('$ mig verify'))
    return cut(lines, [
      [1, /^good /],
      [/ result 1\b/, /^checked /],
    ])
  if (lines[0].includes('-returnsha256'))
    return cut(lines, [[/^\S+ \/etc\/passwd /, / agents answered/]])
  if (lines.some((line) => line.startsWith('readers '))) return cut(lines, [[1, /^readers /]])
  return command
}

/** Leaves out what lies between two lines: from a line's number, or after the first line that matches. */
function cut(lines, gaps) {
  return gaps
    .reduce((rest, [from, to]) => {
      const start = typeof from === 'number' ? from : rest.findIndex((line) => from.test(line)) + 1
      const end = rest.findIndex((line, at) => at >= start && to.test(line))
      return end > start ? [...rest.slice(0, start), '...', ...rest.slice(end)] : rest
    }, lines)
    .join('\n')
}
