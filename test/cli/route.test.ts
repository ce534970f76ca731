import { describe, expect, it } from 'vitest'
import { type Route, route } from '../../cli/route.ts'

const routed = async (...argv: string[]): Promise<Extract<Route, { kind: 'run' }>> => {
  const found = await route(argv)
  if (found.kind !== 'run') throw new Error(`${argv.join(' ')} is ${found.kind}`)
  return found
}

describe('route', () => {
  it('takes flags of mig before a module flag', async () => {
    const { call } = await routed('file', '-t', 'all', '-e', '2m', '-path', '/etc')
    expect(call.flags.text('t')).toBe('all')
    expect(call.flags.text('e')).toBe('2m')
  })

  it('takes flags that only mig has after them too', async () => {
    const { call } = await routed('file', '-t', 'all', '-path', '/etc', '-show', 'notfound')
    expect(call.flags.text('show')).toBe('notfound')
  })

  it('takes --home and --json before the command and after it', async () => {
    expect((await routed('--home', '/h', 'agents')).call.flags.text('home')).toBe('/h')
    expect((await routed('agents', '-home=/h', '-json')).call.flags.isSet('json')).toBe(true)
  })

  it("understands MIG's mig -i FILE", async () => {
    const { call } = await routed('-i', 'a.json', '-show', 'all')
    expect(call.flags.text('i')).toBe('a.json')
    expect(call.flags.text('show')).toBe('all')
  })

  it('hands words to commands', async () => {
    const { call } = await routed('revoke', 'key', 'abc', '-reason', 'lost')
    expect(call.args).toEqual(['key', 'abc'])
    expect(call.flags.text('reason')).toBe('lost')
  })

  it.each<[string, string[]]>([
    ['a module that nobody knows', ['fil', '-t', 'all']],
    ['a word behind a module', ['file', 'foo']],
    ['a flag of mig twice, around the module flags', ['file', '-t', 'a', '-path', '/', '-t', 'b']],
    ['a command without its word', ['sign']],
    ['a word too many', ['sign', 'a', 'b']],
    ['a flag of another command', ['agents', '-follow']],
  ])('refuses %s', async (_, argv) => {
    await expect(route(argv)).rejects.toMatchObject({
      detail: { code: expect.stringMatching(/^(?:FLAG_INVALID|MODULE_UNKNOWN)$/) as string },
    })
  })

  it.each([
    [['ping', '-t', 'all', '-p', 'tcp', '-d', 'h'], /^"tcp": is no flag, and ping takes no words/],
    [['ping', '-t', 'all', '-t', '2', '-d', 'h'], /^-t: is given twice/],
    [['ping', '-d', 'h', '-t', '2', '-t', 'all'], /^-t: is given twice/],
  ])('says whose flag it is that mig and a module both have: %j', async (argv, reason) => {
    const refused = await route(argv).catch((error: unknown) => error)
    expect(String(refused)).toMatch(
      /; -p and -t before the other flags of ping, as -d, are mig's; behind them they are ping's$/,
    )
    expect((refused as Error).message).toMatch(reason)
  })

  it("takes the same letters behind a module's own flag for the module's", async () => {
    const { call } = await routed('ping', '-t', 'all', '-d', 'h', '-p', 'tcp', '-t', '2')
    expect(call.flags.text('t')).toBe('all')
    expect(call.flags.isSet('p')).toBe(false)
  })

  it('lists the modules in two columns', async () => {
    const help = await route(['help'])
    const list = help.kind === 'help' ? help.text.split('mig MODULE help tells more:\n')[1] : ''
    const columns = list
      ?.trimEnd()
      .split('\n')
      .map((line) => /^ {2}\w+ +/.exec(line)?.[0].length)
    expect(columns?.length).toBeGreaterThan(10)
    expect(new Set(columns).size).toBe(1)
  })

  it.each([
    [['help']],
    [['file', 'help']],
    [['file', '-h']],
    [['help', 'sign']],
    [['sign', '--help']],
    [['init', 'help']],
    [[]],
  ])('answers %j with help that begins with examples', async (argv) => {
    const found = await route(argv)
    expect(found.kind === 'help' ? found.text : '').toMatch(/^Examples:/)
  })
})
