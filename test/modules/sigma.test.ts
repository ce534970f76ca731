/** What of Sigma is read, construct by construct with both outcomes, and how all else is refused. */
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Text, type LogEvent } from '../../agent-modules/log/event.ts'
import { evaluate, parseCondition } from '../../agent-modules/log/sigma/condition.ts'
import { globPattern, parseGlob, plainTest } from '../../agent-modules/log/sigma/glob.ts'
import { parseRule } from '../../agent-modules/log/sigma/rule.ts'
import { RuleError } from '../../agent-modules/log/sigma/rule-error.ts'
import { Pattern } from '../../agent-modules/support/pattern.ts'

type FieldsOf = Readonly<Record<string, string | readonly string[]>>

const eventOf = (fields: FieldsOf, text = Object.values(fields).flat().join(' ')): LogEvent => ({
  atMs: undefined,
  text: new Text(text),
  values: (name) => {
    const [, found = []] = Object.entries(fields).find(([key]) => key.toLowerCase() === name) ?? []
    return [found].flat().map((value) => new Text(value))
  },
})

/** A rule of these lines under `detection`. */
const ruleOf = (detection: string): string =>
  `title: test\nlogsource: { product: linux }\ndetection:\n${detection.replace(/^/gm, '  ')}`
const matches = async (detection: string, event: LogEvent): Promise<boolean> =>
  (await parseRule(ruleOf(detection))).matches(event)

/** One selection, which is the condition. */
const selection = (lines: string): string => `sel:\n${lines.replace(/^/gm, '  ')}\ncondition: sel`

describe('a selection', () => {
  it.each<[what: string, lines: string, yes: FieldsOf, no: FieldsOf]>([
    ['equals, whatever the case', 'Image: /bin/SH', { image: '/BIN/sh' }, { image: '/bin/sh ' }],
    ['all of a map', 'a: 1\nb: 2', { a: '1', b: '2' }, { a: '1', b: '3' }],
    ['one of a list of values', 'a: [1, 2]', { a: '2' }, { a: '3' }],
    ['one of a list of maps', '- a: 1\n- b: 1', { b: '1' }, { c: '1' }],
    ['one of a list of keywords', '- evil\n- worse', { x: 'so EVIL it is' }, { x: 'good' }],
    ['maps and keywords in one list', '- evil\n- a: 1', { a: '1' }, { a: '2' }],
    ['all keywords', "'|all': [evil, worse]", { x: 'worse than evil' }, { x: 'evil' }],
    ['keywords by expression', "'|re': 'ev[il]{2}$'", { x: 'so evil' }, { x: 'so Evil' }],
    ['one keyword', 'evil', { x: 'so evil' }, { x: 'good' }],
    ['any of many values', 'type: PATH', { type: ['SYSCALL', 'path'] }, { type: ['CWD'] }],
    ['contains', 'a|contains: b*d', { a: 'abcde' }, { a: 'abce' }],
    ['contains, a part', 'a|contains: BC', { a: 'abcd' }, { a: 'acbd' }],
    ['startswith', 'a|startswith: ab', { a: 'ABC' }, { a: 'cab' }],
    ['endswith', 'a|endswith: bc', { a: 'aBC' }, { a: 'bca' }],
    ['all of a list', 'a|contains|all: [x, y]', { a: 'yx' }, { a: 'xx' }],
    ['all, each by any value', 'a|all: [x, y]', { a: ['y', 'x'] }, { a: ['x', 'x'] }],
    ['all expressions', 'a|re|all: [x, y]', { a: 'yx' }, { a: 'xx' }],
    ['cased', 'a|cased: Ab', { a: 'Ab' }, { a: 'ab' }],
    ['cased, a part', 'a|contains|cased: Ab', { a: 'xAbx' }, { a: 'xabx' }],
    ['cased, with wildcards', 'a|cased: A?b*', { a: 'AxbX' }, { a: 'axbX' }],
    ['re, in its case', 'a|re: ^a.c$', { a: 'abc' }, { a: 'ABC' }],
    ['re without regard to case', 'a|re|i: ^a.c$', { a: 'ABC' }, { a: 'ABBC' }],
    ['re over lines', 'a|re|m: ^b$', { a: 'a\nb\nc' }, { a: 'abc' }],
    ['re over line ends', 'a|re|s: a.c', { a: 'a\nc' }, { a: 'ac' }],
    ['one of many re', 'a|re: [^x, y$]', { a: 'ay' }, { a: 'yx' }],
    ['re, each by itself', "a|re: ['(?i)x', y]", { a: 'X' }, { a: 'Y' }],
    ['cidr', 'a|cidr: 10.0.0.0/8', { a: '10.200.0.1' }, { a: '11.0.0.1' }],
    ['cidr of IPv6', "a|cidr: 'fe80::/10'", { a: 'fe80::1%eth0' }, { a: '::1' }],
    ['cidr, of no address', 'a|cidr: 0.0.0.0/0', { a: '1.2.3.4' }, { a: 'localhost' }],
    ['exists', 'a|exists: true', { a: '' }, { b: '1' }],
    ['does not exist', 'a|exists: false', { b: '1' }, { a: '' }],
    ['lt', 'a|lt: 5', { a: '4.9' }, { a: '5' }],
    ['lte', 'a|lte: 5', { a: '5' }, { a: '5.1' }],
    ['gt', 'a|gt: 400', { a: '401' }, { a: '400' }],
    ['gte', 'a|gte: -1', { a: '-1' }, { a: '-2' }],
    ['a number, not of what is none', 'a|lt: 5', { a: '0' }, { a: '' }],
    ['null: no such field', 'a: null', { b: '1' }, { a: '' }],
    ['null, written as nothing', 'a:', { b: '1' }, { a: 'null' }],
    ['null among values', 'a: [null, 1]', { b: '1' }, { a: '2' }],
    ["'': there, and empty", "a: ''", { a: '' }, { b: '' }],
    ['* any', 'a: x*z', { a: 'xyyz' }, { a: 'xyzy' }],
    ['* alone: there', "a: '*'", { a: '' }, { b: '' }],
    ['? one', 'a: x?z', { a: 'xyz' }, { a: 'xz' }],
    ['\\* itself', 'a: x\\*z', { a: 'x*z' }, { a: 'xyz' }],
    ['\\? itself', 'a: x\\?z', { a: 'x?z' }, { a: 'xyz' }],
    ['\\\\* a backslash and any', 'a: x\\\\*z', { a: 'x\\yz' }, { a: 'x*z' }],
    ['\\\\\\* a backslash and a star', 'a: x\\\\\\*z', { a: 'x\\*z' }, { a: 'x\\yz' }],
    ['\\ before anything else', 'a: x\\y\\z', { a: 'x\\y\\z' }, { a: 'xyz' }],
    ['\\\\ one backslash', 'a: x\\\\y', { a: 'x\\y' }, { a: 'x\\\\y' }],
    ['\\\\\\\\ two backslashes', 'a: x\\\\\\\\y', { a: 'x\\\\y' }, { a: 'x\\y' }],
    ['no expression', 'a: x.z+*y', { a: 'x.z+_y' }, { a: 'xyzzy' }],
    ['numbers as they are written', 'a: [0755, 1.10]', { a: '0755' }, { a: '755' }],
    ['words of YAML 1.1 as they are', 'a: yes', { a: 'yes' }, { a: 'true' }],
    ['what lies beyond ASCII', 'a|contains: ÄÖ*ü', { a: 'xäö_Ü' }, { a: 'xao_u' }],
    ['what an alias stands for', 'a: &v [x]\nb: *v', { a: 'x', b: 'x' }, { a: 'x', b: 'y' }],
  ])('%s', async (_, lines, yes, no) => {
    expect(await matches(selection(lines), eventOf(yes))).toBe(true)
    expect(await matches(selection(lines), eventOf(no))).toBe(false)
  })
})

describe('a condition', () => {
  const three = 'sel_a: { a: 1 }\nsel_b: { b: 1 }\n_hidden: { c: 1 }\n'
  it.each<[condition: string, yes: FieldsOf, no: FieldsOf]>([
    ['sel_a and sel_b', { a: '1', b: '1' }, { a: '1' }],
    ['sel_a or sel_b', { b: '1' }, {}],
    ['not sel_a', {}, { a: '1' }],
    ['sel_a and not sel_b', { a: '1' }, { a: '1', b: '1' }],
    ['sel_a or sel_b and _hidden', { a: '1' }, { b: '1' }],
    ['(sel_a or sel_b) and _hidden', { b: '1', c: '1' }, { a: '1' }],
    ['not sel_a or sel_b', { a: '1', b: '1' }, { a: '1' }],
    ['not (sel_a or sel_b)', {}, { b: '1' }],
    ['not not sel_a', { a: '1' }, {}],
    ['1 of them', { b: '1' }, { c: '1' }],
    ['all of them', { a: '1', b: '1' }, { a: '1', c: '1' }],
    ['1 of sel_*', { a: '1' }, { c: '1' }],
    ['all of sel_*', { a: '1', b: '1' }, { a: '1' }],
    ['all of *_a', { a: '1' }, { b: '1' }],
    ['1 of _*', { c: '1' }, { a: '1' }],
    ['1 of s*l*b', { b: '1' }, { a: '1' }],
    ['sel_a and not 1 of _hid*', { a: '1' }, { a: '1', c: '1' }],
    ['NOT sel_a AND sel_b', { b: '1' }, { a: '1', b: '1' }],
    ['[sel_a, sel_b]', { b: '1' }, { c: '1' }],
  ])('%s', async (condition, yes, no) => {
    const detection = `${three}condition: ${condition}`
    expect(await matches(detection, eventOf(yes))).toBe(true)
    expect(await matches(detection, eventOf(no))).toBe(false)
  })

  /** The same meaning by the shortest way: JavaScript's own operators, on the same text. */
  const NAMES = ['sel_a', 'sel_b', 'other', '_hidden']
  const naive = (condition: string, holding: ReadonlySet<string>): boolean => {
    const among = (glob: string): boolean[] => {
      const form = new RegExp(`^${glob === 'them' ? '.*' : glob.replaceAll('*', '.*')}$`)
      return NAMES.filter((name) => form.test(name) && (glob[0] === '_' || name[0] !== '_')).map(
        (name) => holding.has(name),
      )
    }
    const script = condition
      .replace(/(1|all) of (\S+?)(?=[\s)]|$)/g, (_, many: string, glob: string) =>
        String(many === '1' ? among(glob).some(Boolean) : among(glob).every(Boolean)),
      )
      .replace(/\b(?:sel_a|sel_b|other)\b|_hidden\b/g, (name) => String(holding.has(name)))
      .replace(/\band\b/g, '&&')
      .replace(/\bor\b/g, '||')
      .replace(/\bnot\b/g, '!')
    return runInNewContext(script) as boolean
  }
  const { condition } = fc.letrec<{ condition: string }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.constantFrom(
        ...NAMES,
        '1 of them',
        'all of them',
        '1 of sel_*',
        'all of sel_*',
        '1 of _*',
      ),
      tie('condition').map((of) => `not ${of}`),
      tie('condition').map((of) => `(${of})`),
      fc
        .tuple(tie('condition'), fc.constantFrom('and', 'or'), tie('condition'))
        .map((parts) => parts.join(' ')),
    ),
  }))

  it('means what a naive evaluator says of it', () => {
    fc.assert(
      fc.property(condition, fc.subarray(NAMES), (text, holding) => {
        const set = new Set(holding)
        // JavaScript's ! binds as Sigma's not does, and && before ||.
        expect(evaluate(parseCondition(text, NAMES), (name) => set.has(name))).toBe(
          naive(text, set),
        )
      }),
      { numRuns: 500 },
    )
  })
})

describe('a value with wildcards', () => {
  it('means the same as a test of texts and as an expression', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'B', '*', '?', '\\', '.', '\n', 'é') })
    const anchoring = fc.constantFrom('equals', 'contains', 'startswith', 'endswith' as const)
    fc.assert(
      fc.property(text, text, anchoring, fc.boolean(), (value, subject, where, isCased) => {
        const glob = parseGlob(value, where)
        const plain = plainTest(glob, isCased)
        if (plain === undefined) return
        const pattern = new Pattern(globPattern(glob, isCased))
        expect(plain(new Text(subject))).toBe(pattern.test(subject))
      }),
    )
  })
})

describe('what is not read here', () => {
  const refusal = async (rule: string): Promise<string> => {
    const error: unknown = await parseRule(rule).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(RuleError)
    return (error as RuleError).message
  }

  it.each<[detection: string, message: RegExp]>([
    [
      'a: { x: 1 }\ncondition: a | count() > 5',
      /^detection\.condition: "\|" at character 3 .*aggregation/,
    ],
    ['a: { x: 1 }\ntimeframe: 5m\ncondition: a', /^detection\.timeframe: /],
    ['a: { x|base64: 1 }\ncondition: a', /^detection\.a\.x\|base64: .*"base64" is not read/],
    ['a: { x|windash|contains: 1 }\ncondition: a', /"windash"/],
    ['a: { x|fieldref: y }\ncondition: a', /"fieldref"/],
    ['a: { x|neq: y }\ncondition: a', /"neq"/],
    ['a: { x|i: y }\ncondition: a', /"i" is not read/],
    ["a: { x|expand: '%y%' }\ncondition: a", /"expand"/],
    ['a: { x|contains|re: y }\ncondition: a', /"contains" and "re" contradict/],
    ['a: { x|re|cased: y }\ncondition: a', /"cased" says nothing/],
    ['a: { x|re: (?=y) }\ncondition: a', /^detection\.a\.x\|re: not in RE2 syntax/],
    ['a: { x|re: [y, "a)|(b"] }\ncondition: a', /not in RE2 syntax/],
    ['a: { x|cidr: 10.0.0.0/33 }\ncondition: a', /"10\.0\.0\.0\/33" is no network/],
    ['a: { x|lt: many }\ncondition: a', /"many" is no number/],
    ['a: { x|exists: maybe }\ncondition: a', /true or false/],
    ['a: { x|contains: null }\ncondition: a', /null can only/],
    ["a: { '|cidr': 10.0.0.0/8 }\ncondition: a", /"cidr" needs a field/],
    ["a: { '|all': [null] }\ncondition: a", /null needs a field/],
    ['a: { x: { y: 1 } }\ncondition: a', /^detection\.a\.x\[0\]: must be a text/],
    ['a: [[x]]\ncondition: a', /^detection\.a\[0\]: must be a map/],
    ['a: {}\ncondition: a', /^detection\.a: is empty/],
    ['a: []\ncondition: a', /^detection\.a: is empty/],
    ['a: { x: [] }\ncondition: a', /has no values/],
    ['a: { x: 1 }', /^detection\.condition: must be a text/],
    ['a: { x: 1 }\ncondition: b', /"b" at character 1 is no selection/],
    ['a: { x: 1 }\ncondition: 2 of them', /"2" at character 1 cannot stand before "of"/],
    ['a: { x: 1 }\ncondition: 1 of b*', /"b\*" at character 6 stands for no selection/],
    ['a: { x: 1 }\ncondition: a and', /ends too soon/],
    ['a: { x: 1 }\ncondition: (a', /ends too soon/],
    ['a: { x: 1 }\ncondition: a)', /"\)" at character 2/],
    ['a: { x: 1 }\ncondition: a a', /"a" at character 3/],
    [`a: { x: 1 }\ncondition: ${'('.repeat(500)}a`, /is too deep/],
    [`a: { x: 1 }\ncondition: ${'a or '.repeat(600)}a`, /is too long/],
    [`a: { x: [${'1,'.repeat(2049)}] }\ncondition: a`, /too many values/],
    [
      `a: { ${Array.from({ length: 33 }, (_, at) => `x${at}|re: y`).join(', ')} }\ncondition: a`,
      /too many regular/,
    ],
    ['a: { x: 1 }\na: { x: 2 }\ncondition: a', /^detection\.a: is there twice/],
    ['a: { x: !!binary aGk= }\ncondition: a', /^detection\.a\.x: the tag .*binary is not read/],
  ])('is refused in a detection: %#', async (detection, message) => {
    expect(await refusal(ruleOf(detection))).toMatch(message)
  })

  it.each<[rule: string, message: string]>([
    ['title: a: b', 'line 1, column 8: Nested mappings are not allowed in compact mappings'],
    [
      'title: x\ndetection: [',
      'line 2, column 13: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['title: a\n---\ntitle: b', 'line 2, column 1: Source contains multiple documents'],
  ])('is no YAML: one line says where and why: %j', async (rule, message) => {
    expect(await refusal(rule)).toBe(`not YAML that is read here, ${message}`)
  })

  it.each<[rule: string, message: RegExp]>([
    ['', /must be a map/],
    ['- title: x', /must be a map/],
    ['title: [', /^not YAML/],
    ['title: a\n---\ntitle: b', /^not YAML/],
    ['title: x', /^detection: is missing/],
    ['title: x\ncorrelation: {}', /^correlation: /],
    ['title: x\nfilter: {}', /^filter: /],
    ['title: x\naction: global', /^action: /],
    ['title: x\ntaxonomy: ecs', /^taxonomy: "ecs"/],
    ['title: x\ndetection: { a: { b: 1 }, condition: a }', /^logsource: is missing/],
    ['logsource: {}\ndetection: { a: { b: 1 }, condition: a }', /^title: /],
    ['title: x\nlogsource: {}\nfields: a\ndetection: { a: { b: 1 }, condition: a }', /^fields: /],
    [`title: x\na: ${'['.repeat(10_000)}`, /^not YAML/],
    [`title: x\na: ${'['.repeat(30)}${']'.repeat(30)}`, /too deep/],
    [
      `a: &a [x,x,x,x]\nb: &b [${'*a,'.repeat(50)}]\nc: &c [${'*b,'.repeat(50)}]\nd: [${'*c,'.repeat(50)}]`,
      /too large/,
    ],
    ['a: &a [*a]', /not YAML|too deep/],
  ])('is refused in a rule: %#', async (rule, message) => {
    expect(await refusal(rule)).toMatch(message)
  })
})
