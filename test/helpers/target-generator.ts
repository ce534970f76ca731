/** Targets for tests, by combination and at random (fast-check). */
import fc from 'fast-check'

const TEXTS = [
  'name',
  'mode',
  'loadername',
  "environment->>'os'",
  "tags->>'operator'",
  "tags#>>'{level}'",
  'lower(name)',
  'coalesce(loadername, mode)',
]
const TEXT_LITERALS = ["'linux'", "'daemon'", "'opsec'", "''", "'3'", "'É'", 'NULL']
const NUMBERS = [
  'pid',
  '12',
  '1234.0',
  "'12'",
  'length(name)',
  'pid::bigint',
  '-1',
  'pid::float',
  'pid::numeric',
  'NULL',
]
const TIMES = [
  'starttime',
  'refreshtime',
  'NOW()',
  "'2025-01-01'",
  "NOW() - interval '30 days'",
  'destructiontime',
  "starttime + interval '1 month'",
]
const JSONS = [
  'environment',
  "environment->'os'",
  "environment#>'{nested,a}'",
  "environment->'addresses'->0",
  "'[]'",
  '\'"linux"\'',
  'tags',
  'NULL',
]
const COMPARISONS = ['=', '<>', '!=', '<', '<=', '>', '>=']

/** Every comparison of every pair of operands of one kind, and some of several kinds. */
export const COMBINED_TARGETS: readonly string[] = [
  ...pairs(TEXTS, [...TEXT_LITERALS, ...TEXTS.slice(0, 2)], COMPARISONS),
  ...pairs(NUMBERS.slice(0, 3), NUMBERS, COMPARISONS),
  ...pairs(TIMES, TIMES, ['=', '<', '>=']),
  ...pairs(JSONS, JSONS, ['=', '<>']),
  ...TEXTS.flatMap((text) => [
    `${text} IN ('linux', 'opsec', NULL)`,
    `${text} NOT IN ('linux', 'daemon')`,
    `${text} BETWEEN 'a' AND 'm'`,
    `${text} NOT BETWEEN 'a' AND NULL`,
    `${text} LIKE '%o_s%' OR ${text} IS NULL`,
    `${text} NOT ILIKE 'L%'`,
    `${text} ~ '^[a-m]' AND ${text} !~* 'X$'`,
  ]),
]

function pairs(
  lefts: readonly string[],
  rights: readonly string[],
  operators: readonly string[],
): readonly string[] {
  return lefts.flatMap((left) =>
    rights.flatMap((right) => operators.map((operator) => `${left} ${operator} ${right}`)),
  )
}

const from = (...texts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...texts)
const joined = (...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((texts) => texts.join(' '))

const text = from(...TEXTS)
const condition: fc.Arbitrary<string> = fc.oneof(
  joined(text, from(...COMPARISONS), from(...TEXT_LITERALS, ...TEXTS)),
  joined(
    text,
    from('LIKE', 'NOT LIKE', 'ILIKE', 'NOT ILIKE'),
    from("'%o%'", "'L_n%'", "'%\\%%'", 'mode'),
  ),
  joined(text, from('~', '!~', '~*', '!~*'), from("'^l'", "'[a-f]+\\d'", "'\\.net$'", "'o|x'")),
  joined(text, from('IN', 'NOT IN'), from("('linux')", "('opsec', NULL, 'IT')", '(mode, name)')),
  joined(text, from('IS NULL', 'IS NOT NULL')),
  joined(from(...NUMBERS), from(...COMPARISONS), from('pid', '12', '0.5', '2147483648')),
  joined(
    from(...TIMES),
    from(...COMPARISONS),
    from('starttime', 'NOW()', "refreshtime - interval '1 day'"),
  ),
  joined(
    from('pid', 'length(name)'),
    from('BETWEEN', 'NOT BETWEEN'),
    from('1 AND 1234', "'2' AND NULL"),
  ),
  joined(from(...JSONS), from('=', '<>'), from('environment', "tags->'level'", '\'"linux"\'')),
)

/** Well-typed targets: conditions under NOT, AND, OR and IS, with parentheses or without. */
export const targetText: fc.Arbitrary<string> = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    condition,
    joined(fc.constant('NOT'), tie('any')),
    joined(tie('any'), from('AND', 'OR'), tie('any')),
    tie('any').map((inner) => `(${inner})`),
    tie('any').map((inner) => `(${inner}) IS NOT TRUE`),
    tie('any').map((inner) => `(${inner}) IS FALSE`),
  ),
})).any

const WILD_OPERANDS = [
  'name',
  'pid',
  'starttime',
  "tags->>'level'",
  'environment',
  "'a'",
  "'1'",
  "interval '1 day'",
  'NULL',
  'true',
  '-1',
  '(pid)',
  '(true)',
  'NOW()',
  "('a','b')",
  '(1)',
]
const WILD_OPERATORS = [
  ...COMPARISONS,
  'AND',
  'OR',
  'LIKE',
  '~',
  '||',
  '+',
  '-',
  "->>'a' =",
  "->'a' =",
  '#>>',
  'IN',
  'IS NULL AND',
  'IS TRUE =',
  '::text =',
  '::text ||',
  'BETWEEN 1 AND',
  'AND NOT',
  '= NOT',
  'NOT IN',
]

/** Operators and operands in any order, mostly nonsense: what is accepted must be grouped as PostgreSQL groups it. */
export const wildText: fc.Arbitrary<string> = fc
  .tuple(
    from('', '', '', 'NOT ', '- '),
    from(...WILD_OPERANDS),
    fc.array(fc.tuple(from(...WILD_OPERATORS), from(...WILD_OPERANDS)), {
      minLength: 1,
      maxLength: 4,
    }),
    from('', '', ' IS NULL', ' IS NOT TRUE'),
  )
  .map(([prefix, first, rest, suffix]) => prefix + [first, ...rest.flat()].join(' ') + suffix)

const pieces = (maximum: number, ...texts: readonly string[]): fc.Arbitrary<string> =>
  fc.array(from(...texts), { minLength: 1, maxLength: maximum }).map((chosen) => chosen.join(''))

const regexSource = pieces(
  8,
  ...[
    'a',
    'b',
    'e',
    '.',
    '1',
    'x',
    ' ',
    '-',
    ',',
    ':',
    '*',
    '+',
    '?',
    '|',
    '(',
    ')',
    '(?:',
    '[',
    ']',
    '[^',
    '^',
    '$',
  ],
  ...[
    '{1}',
    '{1,2}',
    '{2,}',
    '{0}',
    '{',
    '}',
    '\\d',
    '\\s',
    '\\w',
    '\\S',
    '\\y',
    '\\.',
    '\\\\',
    '\\A',
    '\\Z',
    '[[:alpha:]]',
    '[:digit:]',
    'a-c',
  ],
)
const likeSource = pieces(6, '%', '_', '\\', 'd', 'b', '1', '.', 'É', 'example', '%', '_')
const intervalSource = pieces(
  4,
  ...[
    '1 ',
    '-2 ',
    '+3 ',
    '1.5 ',
    '0.25 ',
    '40 ',
    'day ',
    'days ',
    'hours ',
    'mon ',
    'year ',
    'week ',
    'min ',
    's ',
    'ms ',
    'us ',
  ],
  ...[
    '1day ',
    '2 days ',
    '-1 week ',
    '1.5 hours ',
    '3 mons ',
    '01:02 ',
    '-1:02:03 ',
    '1:02:03.5 ',
    '25:00 ',
    'ago ',
    '7',
  ],
)
const timestampSource = joined(
  from(
    '2025-01-31',
    '2024-02-29',
    '2025-02-29',
    '1999-12-31',
    '2025-1-2',
    '0001-01-01',
    '9999-12-31',
    '2025-00-01',
    '25-01-01',
  ),
  from('', '', '12:00', '23:59:59.999999', '24:00', '24:00:01', '1:2:3', '01:02:60', '12:60'),
  from('', '', 'Z', '+00', '-0530', '+05:30', '+16', 'utc', '+1'),
)
const numberSource = pieces(
  5,
  '1',
  '0',
  '9',
  '.',
  '-',
  '+',
  'e',
  '_',
  ' ',
  '0x',
  'f',
  '12',
  '1e3',
  '2147483647',
  'nan',
  'inf',
)
const arraySource = pieces(5, 'a', 'b', ',', ' ', '"', '{', '}', '\\', '0', '1', 'nested').map(
  (body) => `{${body}}`,
)

/** Literals of every type, right and wrong, where they decide. */
export const literalText: fc.Arbitrary<string> = fc.oneof(
  joined(
    from('version', 'mode', "environment->>'ident'"),
    from('~', '!~', '~*'),
    quoted(regexSource),
  ),
  joined(from('name', "tags->>'operator'"), from('LIKE', 'NOT ILIKE'), quoted(likeSource)),
  joined(
    from('NOW() -', 'starttime +'),
    fc.constant('interval'),
    quoted(intervalSource),
    from('< refreshtime', "<= '2025-06-01'", '= NOW()'),
  ),
  joined(
    fc.constant('interval'),
    quoted(intervalSource),
    from('<', '=', '>'),
    from("'1 day'", "'36 hours'", "'1 mon'"),
  ),
  joined(
    from('starttime', 'destructiontime', 'NOW()'),
    from('<', '>=', '='),
    quoted(timestampSource),
  ),
  joined(
    quoted(timestampSource).map((literal) => `${literal}::timestamptz::text`),
    fc.constant('='),
    from("'2024-02-29 00:00:00+00'", "'2025-01-31 12:00:00+00'"),
  ),
  joined(
    from('pid', 'pid::bigint', 'pid::numeric', 'pid::float'),
    from('=', '<'),
    quoted(numberSource),
  ),
  quoted(numberSource).map((literal) => `${literal}::numeric::text = '1000'`),
  quoted(numberSource).map((literal) => `${literal}::boolean`),
  joined(
    from('environment#>>', "environment->'nested'#>>", 'tags#>>'),
    quoted(arraySource),
    from("= 'x'", 'IS NULL'),
  ),
)

function quoted(source: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return source.map((text) => `'${text.trim().replaceAll("'", "''")}'`)
}
