/** MIG's `filesearch`: the command line of `file` in one text, `-path /bin -name "a b"`, parsed to one search. */
import { ParameterError, parseParameters, type FlagValues } from '../contract.ts'
import { flags, fromFlags } from '../file/flags.ts'
import { parameters, type Search } from '../file/parameters.ts'
import { refusalAsTyped } from '../support/typed-flag.ts'

/** Splits at white space; quotes of either kind keep it, and nothing else is special: regular expressions and Windows paths are full of backslashes. */
export function splitWords(text: string): readonly string[] {
  const words = text.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []
  if (/["']/.test(text.replace(/"[^"]*"|'[^']*'/g, '')))
    throw new ParameterError('', 'has a quote that is not closed')
  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'))
}

/** One search, with the defaults of the command line, but that all files found are scanned, not the first 1000. @throws ParameterError */
export function parseFileSearch(text: string): Search | undefined {
  const given = flagValues(splitWords(text))
  const typed = fromFlags(new Map([['matchlimit', ['0']], ...given]))
  try {
    return Object.values(parseParameters(parameters, typed).searches)[0]
  } catch (error) {
    throw error instanceof ParameterError ? refusalAsTyped(error, flags, given) : error
  }
}

/** Flags as Go's `flag` package reads them: `-name value`, `--name=value`, booleans without a value. @throws ParameterError */
function flagValues(words: readonly string[]): FlagValues {
  const values = new Map<string, readonly string[]>()
  for (let at = 0; at < words.length; at += 1) {
    const { name, value } =
      /^--?(?<name>[a-z0-9]+)(?:=(?<value>.*))?$/s.exec(words[at] ?? '')?.groups ?? {}
    const flag = flags.find((each) => each.name === name)
    if (flag === undefined)
      throw new ParameterError('', `${JSON.stringify(words[at])} is not a flag of file`)
    const isNext = value === undefined && flag.kind === 'value'
    if (isNext) at += 1
    const typed = isNext ? words[at] : (value ?? 'true')
    if (typed === undefined) throw new ParameterError(`-${flag.name}`, 'needs a value')
    values.set(flag.name, [...(values.get(flag.name) ?? []), typed])
  }
  return values
}
