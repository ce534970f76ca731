/** What a person reads whose parameters a module refuses: which key or flag, what was given, what may stand there. */
import { describe, expect, it } from 'vitest'
import { ParameterError } from '../../agent-modules/contract.ts'
import { findModule } from '../../agent-modules/registry.ts'
import { refusalAsTyped } from '../../agent-modules/support/typed-flag.ts'
import { parseFlags, splitWords } from '../laws/module.ts'

/** What the module says; undefined when it takes them. */
async function refusal(name: string, parameters: unknown): Promise<string | undefined> {
  const module = await findModule(name)
  try {
    module?.check(parameters)
    return undefined
  } catch (error) {
    if (error instanceof ParameterError) return error.message
    throw error
  }
}

const NO_NEGATION = '"!" does not negate here; to look for a ! itself write \\!'
const RULE = 'rule a { condition: true }'

describe('a leading "!"', () => {
  it.each<[string, object, string]>([
    ['nic', { names: ['!lo'] }, 'names[0]'],
    ['nic', { macs: ['.', '!^08:'] }, 'macs[1]'],
    ['netstat', { localmac: ['!^08:'] }, 'localmac[0]'],
    ['netstat', { neighbormac: ['!^08:'] }, 'neighbormac[0]'],
    ['pkg', { pkgmatch: { matches: ['!^lib'] } }, 'pkgmatch.matches[0]'],
    ['yara', { yara: RULE, processes: { names: ['!sshd'] } }, 'processes.names[0]'],
    ['file', { searches: { s1: { paths: ['/'], modes: ['!^d'] } } }, 'searches.s1.modes[0]'],
  ])('is refused where one of several is enough: %s %j', async (name, parameters, place) => {
    expect(await refusal(name, parameters)).toBe(`${place}: ${NO_NEGATION}`)
  })

  it.each<[string, object]>([
    ['logins', { user: '!^root$' }],
    ['pkg', { pkgmatch: { matches: ['.'] }, vermatch: '!^1\\.' }],
    ['nic', { names: ['\\!odd'] }],
  ])('negates, or is written with a backslash: %s %j', async (name, parameters) => {
    expect(await refusal(name, parameters)).toBeUndefined()
  })
})

describe('other refusals', () => {
  const ping = { destination: 'h', protocol: 'tcp' }
  const pkg = { pkgmatch: { matches: ['.'] } }

  it.each<[string, unknown, string]>([
    ['ping', { ...ping, protocol: 'x' }, 'protocol: must be one of icmp, tcp, udp, not "x"'],
    ['ping', { protocol: 'tcp' }, 'destination: is missing; it must be a text'],
    ['ping', { ...ping, destination: 7 }, 'destination: must be a text, not 7'],
    ['ping', { ...ping, count: 21 }, 'count: must be at most 20, not 21'],
    ['ping', { ...ping, count: 1.5 }, 'count: must be 0 or a whole number, not 1.5'],
    ['ping', { ...ping, timeout: 0.01 }, 'timeout: must be at least 0.1, not 0.01'],
    ['pkg', { pkgmatch: { matches: [] } }, 'pkgmatch.matches: must be a list that is not empty'],
    ['pkg', { pkgmatch: { matches: 'x' } }, 'pkgmatch.matches: must be a list, not "x"'],
    ['pkg', { ...pkg, vercompare: 5 }, 'vercompare: must be a text or a list, not 5'],
    [
      'pkg',
      { ...pkg, vercompare: ['=1', '1'] },
      'vercompare[1]: must be a version behind <, <=, =, >= or >',
    ],
    [
      'pkg',
      { pkgmatch: { matches: ['x'.repeat(9000)] } },
      'pkgmatch.matches[0]: must be a text of at most 8192 characters, not 9000',
    ],
    [
      'pkg',
      { pkgmatch: { matches: ['('] } },
      'pkgmatch.matches[0]: error parsing regexp: missing closing ): `(`',
    ],
    ['sshkey', { encrypted: {} }, 'encrypted: must be true or false, not an object'],
    ['memory', { searches: [7] }, 'searches: must be an object, not a list'],
    [
      'memory',
      { searches: { 'a b': {} } },
      'searches.a b: its name must be 1 to 64 letters, digits, - or _',
    ],
    [
      'traceroute',
      { destination: 'h', ttl: 1 },
      'unknown key "ttl"; there are destination, maxhops, probes, timeout',
    ],
  ])('%s %j', async (name, parameters, message) => {
    expect(await refusal(name, parameters)).toBe(message)
  })
})

describe('of a command line, the flag is named', () => {
  it.each<[string, string]>([
    ['file -path /etc -path etc', '-path "etc": must be an absolute path'],
    [
      'file -path / -size 1k -size 2x',
      '-size: "2x" is not a size: write <10k (at most), >1m (at least) or 512 (exactly)',
    ],
    ['ping -d h -p x -dp 3', '-p: must be one of icmp, tcp, udp, not "x"'],
    ['ping -d h -c 99', '-c "99": must be at most 20, not 99'],
    ['pkg -name x -vercompare 5', '-vercompare "5": must be a version behind <, <=, =, >= or >'],
    [
      'autoruns -modified -hash none',
      '-hash "none": modified and sha2 need the files to be hashed',
    ],
    [
      `yara -rules '${RULE}' -files "-path / -bytes 0g"`,
      '-files "-path / -bytes 0g": -bytes: "0g" is not a byte string: write hex digits, two for each byte, without 0x',
    ],
    [
      "log -regex x -path / -since '<1d'",
      '-since "<1d": paths of the format lines have no times: say format syslog, audit or web',
    ],
    ['log -regex x', '-regex: say where a regex is to be looked for: a source or a path'],
    ['log -source auth', 'ask for something: a rule or a regex'],
  ])('%s', async (command, message) => {
    const [name = '', ...words] = splitWords(command)
    const module = await findModule(name)
    if (module === undefined) throw new Error(`no module ${name}`)
    const typed = parseFlags(module, words, RULE)
    try {
      module.check(module.fromFlags(typed))
      expect.unreachable()
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error
      expect(refusalAsTyped(error, module.flags, typed).message).toBe(message)
    }
  })

  it('is named with the place in what it says', () => {
    const refused = new ParameterError('rules[1].detection', 'is missing')
    const flag = { name: 'rule', kind: 'file', repeatable: true, key: 'rules', help: '' } as const
    const typed = new Map([['rule', ['a.yml', 'b.yml']]])
    expect(refusalAsTyped(refused, [flag], typed).message).toBe(
      '-rule "b.yml": detection: is missing',
    )
  })
})
