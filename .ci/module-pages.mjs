// Writes docs/modules/: a page for each module, from what the module itself says of its flags, examples and answers.
// `npm run docs`; test/docs compares.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { factsOf, isPrivateKind } from '../agent-modules/facts.ts'
import { loadModules } from '../agent-modules/registry.ts'

const FOLDER = new URL('../docs/modules/', import.meta.url)

/** Every page by its file name. */
export async function modulePages() {
  const modules = [...(await loadModules())].sort((one, other) => (one.name < other.name ? -1 : 1))
  const list = modules.map(({ name, summary }) => `| [${name}](${name}.md) | ${cell(summary)} |`)
  const index = ['# Modules', '', '| module | asks |', '|---|---|', ...list, ''].join('\n')
  return new Map([
    ['README.md', index],
    ...modules.map((module) => [`${module.name}.md`, pageOf(module)]),
  ])
}

const pageOf = (module) => `# ${module.name}

${module.summary}

${module.description}

## Examples

${module.examples.map(({ title, command }) => `${title}:\n\n    mig ${command}\n`).join('\n')}
## Flags

| flag | |
|---|---|
${module.flags.map((flag) => `| \`-${flag.name}${flag.placeholder === undefined ? '' : ` ${flag.placeholder}`}\`${flag.repeatable ? ' (again and again)' : ''} | ${cell(flag.help)} |`).join('\n')}

## What leaves a host

Numbers, truth values and words of the module's own fixed lists, and these texts; nothing else can. Masked texts are replaced on hosts in extra privacy mode.

| text | what it is | |
|---|---|---|
${factRows(module).join('\n')}
`

const factRows = (module) => {
  const facts = [
    ...factsOf(module.elements).map((fact) => ({ ...fact, place: `elements: ${fact.place}` })),
    ...factsOf(module.statistics).map((fact) => ({ ...fact, place: `statistics: ${fact.place}` })),
  ]
  const rows = facts.map(
    ({ place, kind }) =>
      `| \`${cell(place)}\` | ${kind} | ${isPrivateKind(kind) ? 'masked' : ''} |`,
  )
  return [...new Set(rows)]
}

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

if (import.meta.main) {
  mkdirSync(FOLDER, { recursive: true })
  for (const name of readdirSync(FOLDER)) rmSync(new URL(name, FOLDER))
  for (const [name, text] of await modulePages()) writeFileSync(new URL(name, FOLDER), text)
}
