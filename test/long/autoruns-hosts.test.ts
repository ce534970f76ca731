/** `autoruns` on hostile machines, on those of other package managers, and on recordings of other platforms. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { STARTUP_SCRIPT } from '../../agent-modules/autoruns/windows/tasks.ts'
import { powerShellArguments } from '../../agent-modules/support/powershell.ts'
import { ask, createStartMachine, shortly } from '../modules/autoruns-machine.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('a hostile machine', () => {
  it('sends it round in no circles, and not out of its root', async () => {
    using machine = createStartMachine({
      files: {
        '/etc/cron.d/a': '@daily root /opt/loop\n@daily root /opt/out\n@daily root /opt/up\n',
        '/etc/hostname': 'the machine itself',
      },
      links: {
        '/opt/loop': '/opt/loop2',
        '/opt/loop2': 'loop',
        '/opt/out': '/etc/hostname',
        '/opt/up': '../../../../../../../../etc/hostname',
        '/etc/systemd/system/x.service': 'x.service',
        '/etc/systemd/system/dir': '/etc/systemd',
        '/etc/update-motd.d': '/etc/update-motd.d',
      },
    })
    const { entries } = await ask(machine, { kinds: ['cron', 'service', 'motd'] })
    const told = entries.map(({ kind, executable }) => [
      kind,
      executable?.sha256 ?? executable?.flags,
    ])
    const digest = sha256('the machine itself').toUpperCase()
    expect(told).toEqual([
      ['service', undefined],
      ['cron', ['missing']],
      ['cron', digest],
      ['cron', digest],
    ])
  })

  it('waits for no pipe, and reads no more than it says', async () => {
    using machine = createStartMachine({
      files: {
        '/etc/systemd/system/long.service': '[Service]\nExecStart=/opt/long\n',
        '/etc/cron.d/line': `@daily root /opt/early; x ${'y'.repeat(20_000)}\n@daily root /opt/late\n`,
      },
    })
    const at = (file: string): string => path.join(machine.root, file)
    execFileSync('mkfifo', [
      at('etc/systemd/system/pipe.service'),
      at('etc/cron.d/pipe'),
      at('opt-pipe'),
    ])
    symlinkSync(at('opt-pipe'), at('etc/cron.d/linked-pipe'))
    symlinkSync('/opt-pipe', at('etc/systemd/system/linked-pipe.service'))
    truncateSync(at('etc/systemd/system/long.service'), 100 * 1024 * 1024)
    const { entries, errors } = await ask(machine, { kinds: ['service', 'cron'] })
    expect(shortly(entries)).toEqual([
      'service linked-pipe.service',
      'service long.service /opt/long',
      'cron line',
      'cron line /opt/late',
    ])
    expect(errors).toEqual(
      expect.arrayContaining([
        '/etc/systemd/system/long.service: only its first 262144 bytes count',
        'a command line: is over 16384 characters and was not read',
      ]),
    )
  })

  it('is bounded by its folders, and says so', async () => {
    using machine = createStartMachine({ files: { '/etc/cron.d/a': '' } })
    const folder = path.join(machine.root, 'etc/update-motd.d')
    mkdirSync(folder, { recursive: true })
    for (let index = 0; index < 100_000; index += 1)
      symlinkSync('x', path.join(folder, `u${index}`))
    const { entries, errors } = await ask(machine, { kinds: ['motd'] })
    expect(entries).toHaveLength(10_000)
    expect(errors).toContain('/etc/update-motd.d: only the first 10000 of its 100000 entries count')
  }, 60_000)

  it('names files that are not UTF-8 by their bytes', async () => {
    using machine = createStartMachine({ files: { '/etc/profile.d/a.sh': '' } })
    const raw = Buffer.concat([
      Buffer.from(path.join(machine.root, 'etc/profile.d/')),
      Buffer.from([0x78, 0xff, 0x2e, 0x73, 0x68]),
    ])
    writeFileSync(raw, 'LD_PRELOAD=/opt/evil.so\n')
    const { entries } = await ask(machine, { kinds: ['profile', 'preload'], names: ['^x'] })
    expect(shortly(entries)).toEqual(['profile x\\xff.sh', 'preload x\\xff.sh /opt/evil.so'])
    const bytes = Buffer.from(entries[0]?.definition.file64 ?? '', 'base64')
    expect(bytes.toString('latin1')).toBe('/etc/profile.d/x\xff.sh')
    expect(entries[0]?.definition.size).toBe(24)
  })

  it.each([
    ['unclosed quotes', `@daily root echo "hunter2; /opt/hunter2\n`],
    ['a whole command line in quotes', '@daily root "/opt/x hunter2" "/opt/y" \'hunter2\'\n'],
    ['a secret where a program should be', '@daily root $(cat x)hunter2 `hunter2`/x\n'],
    ['assignments', '@daily root A=/hunter2 B="/x hunter2" /opt/ok\n'],
    ['a here-document and redirections', '@daily root cat </hunter2 2>/hunter2 ; /opt/ok\n'],
    ['base64 that looks like a path', '@daily root /bin/sh -x /hunter2+hunter2==\n'],
    ['what is given to read', '@daily root /opt/ok%/hunter2\n'],
  ])('tells no more than programs of %s', async (_, crontab) => {
    using machine = createStartMachine({ files: { '/etc/cron.d/a': crontab } })
    expect(JSON.stringify(await ask(machine, { kinds: ['cron'] }))).not.toContain('hunter2')
  })
})

describe('package managers', () => {
  const files = {
    '/etc/cron.d/a':
      '@daily root /usr/bin/own\n@daily root /usr/bin/changed\n@daily root /opt/stray\n',
    '/usr/bin/own': 'own',
    '/usr/bin/changed': 'changed',
    '/opt/stray': 'stray',
  }
  const expected = [
    ['/usr/bin/own', 'tools', []],
    ['/usr/bin/changed', 'tools', ['modified']],
    ['/opt/stray', undefined, ['unowned']],
  ]
  const owned = async (machine: Parameters<typeof ask>[0]) => {
    const { entries } = await ask(machine, { kinds: ['cron'] })
    return entries.map(({ executable }) => [
      executable?.path,
      executable?.package,
      executable?.flags.filter((flag) => flag !== 'writable'),
    ])
  }

  it('asks rpm', async () => {
    const format = '[%{=NAME}\\t%{=FILEDIGESTALGO}\\t%{FILEDIGESTS}\\t%{FILENAMES}\\n]'
    using machine = createStartMachine({
      files: { ...files, '/usr/bin/rpm': '' },
      programs: {
        'rpm -qf --qf %{NAME}\\n -- /etc/cron.d/a /usr/bin/own /usr/bin/changed /opt/stray':
          'file /etc/cron.d/a is not owned by any package\ntools\ntools\nfile /opt/stray is not owned by any package\n',
        [`rpm -q --qf ${format} -- tools`]: `tools\t8\t${sha256('own')}\t/usr/bin/own\ntools\t8\t${sha256('before')}\t/usr/bin/changed\ntools\t8\t\t/usr/share/x\n`,
      },
    })
    expect(await owned(machine)).toEqual(expected)
  })

  it.each(['/lib/apk/db/installed', '/usr/lib/apk/db/installed'])(
    "reads apk's %s",
    async (database) => {
      const digest = (text: string): string =>
        `Q1${createHash('sha1').update(text).digest('base64')}`
      using machine = createStartMachine({
        files: {
          ...files,
          [database]: `C:Q1x=\nP:tools\nV:1\nF:usr/bin\nR:own\na:0:0:755\nZ:${digest('own')}\nR:changed\nZ:${digest('before')}\n\n`,
        },
      })
      expect(await owned(machine)).toEqual(expected)
    },
  )

  it('reads the database of pacman', async () => {
    const mtree = `#mtree\n./usr/bin/own time=1.0 size=3 sha256digest=${sha256('own')}\n./usr/bin/changed time=1.0 size=3 md5digest=x sha256digest=${sha256('before')}\n`
    using machine = createStartMachine({
      files: {
        ...files,
        '/var/lib/pacman/local/tools-1.0-2/files':
          '%FILES%\nusr/\nusr/bin/\nusr/bin/own\nusr/bin/changed\n\n%BACKUP%\nopt/stray\tx\n',
        '/var/lib/pacman/local/tools-1.0-2/mtree': gzipSync(mtree),
      },
    })
    expect(await owned(machine)).toEqual(expected)
  })

  it('calls nothing unowned where nobody can tell, and says so', async () => {
    using machine = createStartMachine({ files })
    const { entries, errors } = await ask(machine, { kinds: ['cron'], unowned: true })
    expect(entries).toEqual([])
    expect(errors.join()).toMatch(/no package manager/)
  })
})

describe('macOS, recorded', () => {
  const plist = (inside: string): string =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n<plist version="1.0">\n<dict>\n${inside}\n</dict>\n</plist>\n`

  it('reads property lists of launchd, binary ones through plutil', async () => {
    using machine = createStartMachine({
      platform: 'darwin',
      files: {
        '/Library/LaunchDaemons/a.plist': plist(
          '<key>Label</key><string>com.a&amp;b</string><!-- c --><key>ProgramArguments</key><array><string>/opt/a</string><string>hunter2</string></array><key>StartCalendarInterval</key><dict><key>Hour</key><integer>3</integer></dict><key>EnvironmentVariables</key><dict><key>T</key><string>hunter2</string></dict><key>KeepAlive</key><true/>',
        ),
        '/Users/alice/Library/LaunchAgents/b.plist': 'bplist00\x01\x02',
        '/Library/LaunchAgents/broken.plist': plist(
          '<key>Label</key><string>x</string><key>no value</key>',
        ),
        '/Library/LaunchAgents/entity.plist': `<!DOCTYPE plist [<!ENTITY a "b">]>${plist('')}`,
        '/Library/Preferences/com.apple.loginwindow.plist': plist(
          '<key>LoginHook</key><string>/opt/hook</string>',
        ),
      },
      programs: {
        'plutil -convert xml1 -o - -- /Users/alice/Library/LaunchAgents/b.plist': plist(
          '<key>Label</key><string>b</string><key>Program</key><string>/opt/b</string><key>Disabled</key><true/><key>StartInterval</key><integer>300</integer>',
        ),
      },
    })
    const { entries, errors } = await ask(machine, { kinds: ['launchd', 'login-item'] })
    expect(
      entries.map((each) => [shortly([each])[0], each.schedule, each.user, each.enabled]),
    ).toEqual([
      ['launchd com.a&b /opt/a', 'Hour=3', 'root', true],
      ['launchd broken.plist', undefined, undefined, true],
      ['launchd entity.plist', undefined, undefined, true],
      ['launchd b /opt/b', 'StartInterval=300', 'alice', false],
      ['login-item LoginHook /opt/hook', undefined, 'root', true],
    ])
    expect(errors.filter((each) => each.includes('property list'))).toHaveLength(2)
    expect(JSON.stringify(entries)).not.toContain('hunter2')
  })
})

describe('Windows, recorded', () => {
  it('reads run keys, services, tasks and startup folders', async () => {
    const key = 'HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Run'
    const services = 'HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services'
    const query = 'reg query HKLM\\SYSTEM\\CurrentControlSet\\Services /s /v'
    const startups = powerShellArguments(STARTUP_SCRIPT).join(' ')
    using recorded = createStartMachine({
      platform: 'win32',
      programs: {
        'reg query HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Run': `\r\n${key}\r\n    Evil Thing    REG_SZ    "C:\\Program Files\\e v\\evil.exe" --token hunter2\r\n    Odd    REG_EXPAND_SZ    %windir%\\odd.exe /s\r\n    None    REG_SZ    hunter2\r\n\r\n`,
        [`${query} ImagePath`]: `${services}\\Spooler\r\n    ImagePath    REG_EXPAND_SZ    %SystemRoot%\\System32\\spoolsv.exe\r\n\r\n${services}\\drv\r\n    ImagePath    REG_EXPAND_SZ    system32\\drivers\\drv.sys\r\n\r\nEnd of search: 2 match(es) found.\r\n`,
        [`${query} Start`]: `${services}\\Spooler\r\n    Start    REG_DWORD    0x2\r\n\r\n${services}\\drv\r\n    Start    REG_DWORD    0x4\r\n`,
        [`${query} ObjectName`]: `${services}\\Spooler\r\n    ObjectName    REG_SZ    LocalSystem\r\n`,
        [`${query} ServiceDll`]: `${services}\\Hosted\\Parameters\r\n    ServiceDll    REG_EXPAND_SZ    C:\\x\\hosted.dll\r\n`,
        'schtasks /query /xml ONE':
          '<?xml version="1.0"?>\n<Tasks>\n<!-- \\Vendor\\Update -->\n<Task version="1.2"><Triggers><LogonTrigger><Enabled>false</Enabled></LogonTrigger></Triggers><Principals><Principal><UserId>S-1-5-18</UserId></Principal></Principals><Settings><Enabled>true</Enabled></Settings><Actions><Exec><Command>"C:\\v\\up.exe"</Command><Arguments>hunter2</Arguments></Exec></Actions></Task>\n<!-- \\Off -->\n<Task><Settings><Enabled>false</Enabled></Settings></Task>\n</Tasks>',
      },
    })
    const machine = {
      ...recorded,
      run: (name: string, args: readonly string[], options: Parameters<typeof recorded.run>[2]) =>
        args.join(' ') === startups
          ? Promise.resolve({
              kind: 'ended' as const,
              code: 0,
              stdout: Buffer.from('["C:\\\\Users\\\\a\\\\Startup\\\\x.lnk"]'),
            })
          : recorded.run(name, args, options),
    }
    const { entries } = await ask(machine)
    expect(
      entries.map((each) => [
        shortly([each])[0],
        each.state ?? each.schedule,
        each.user,
        each.enabled,
      ]),
    ).toEqual([
      ['run-key Evil Thing C:\\Program Files\\e v\\evil.exe', undefined, undefined, true],
      ['run-key Odd C:\\Windows\\odd.exe', undefined, undefined, true],
      ['run-key None', undefined, undefined, true],
      ['service Spooler C:\\Windows\\System32\\spoolsv.exe', 'auto', 'LocalSystem', true],
      ['service drv C:\\Windows\\System32\\drivers\\drv.sys', 'disabled', undefined, false],
      ['service Hosted C:\\x\\hosted.dll', undefined, undefined, undefined],
      ['task \\Vendor\\Update C:\\v\\up.exe', 'Logon', 'S-1-5-18', true],
      ['task \\Off', undefined, undefined, false],
      ['startup-folder x.lnk', undefined, undefined, true],
    ])
    expect(JSON.stringify(entries)).not.toContain('hunter2')
  })
})
