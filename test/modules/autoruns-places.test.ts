/** `autoruns` in the places of Linux that configuration names: each in the format of the program that reads it, from its package or its manual. */
import { describe, expect, it } from 'vitest'
import { isLike } from '../../agent-modules/autoruns/linux/files-like.ts'
import { ask, createStartMachine, shortly, type StartMachineInit } from './autoruns-machine.ts'

const PASSWD = 'root:x:0:0:root:/root:/bin/sh\nalice:x:4711:4711::/home/alice:/bin/sh\n'

/** What a machine with these files starts, without what its arguments say. */
async function startedBy(init: StartMachineInit, kinds: readonly string[]) {
  using machine = createStartMachine({
    ...init,
    files: { '/etc/passwd': PASSWD, ...init.files },
  })
  const { entries, errors } = await ask(machine, { kinds })
  expect(JSON.stringify({ entries, errors })).not.toContain('hunter2')
  return { entries, errors, told: shortly(entries) }
}

/** Of each kind: files, those that may be run, and what is told of them. */
const PLACES: readonly (StartMachineInit & { readonly kind: string; readonly told: string[] })[] = [
  {
    kind: 'boot-hook',
    files: {
      '/usr/lib/dracut/modules.d/98usrmount/module-setup.sh': 'install() { :; }\n',
      '/usr/lib/dracut/modules.d/98usrmount/mount-usr.sh': '#!/bin/sh\n',
      '/etc/dracut.conf.d/x.conf': 'install_items+=" /opt/x "\n',
      '/etc/initcpio/hooks/evil': 'run_hook() { :; }\n',
      '/etc/default/grub.d/99-x.cfg': 'GRUB_CMDLINE_LINUX="init=/opt/init"\n',
      '/etc/initramfs-tools/conf.d/resume': 'RESUME=none\n',
      '/etc/initramfs-tools/modules': 'e1000\n',
    },
    programs755: [
      ...['/etc/initramfs-tools/scripts/init-bottom/x', '/etc/kernel/postinst.d/dkms'],
      ...['/etc/grub.d/40_custom', '/var/lib/cloud/scripts/per-boot/x'],
    ],
    told: [
      ...['boot-hook x', 'boot-hook dkms', 'boot-hook x', 'boot-hook 40_custom'],
      ...['boot-hook resume', 'boot-hook x.conf'],
      ...['boot-hook module-setup.sh', 'boot-hook mount-usr.sh', 'boot-hook evil'],
      'boot-hook 99-x.cfg',
    ],
  },
  {
    kind: 'boot-loader',
    files: {
      '/proc/cmdline': 'BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro init=/opt/cmdline quiet\n',
      '/etc/default/grub.d/99-x.cfg':
        '# init=/opt/no\nGRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT init=/opt/init hunter2"\n',
      '/boot/grub/grub.cfg': '\tlinux\t/vmlinuz root=UUID=1 ro rdinit=/hunter2\n\tinitrd=/initrd\n',
    },
    told: ['boot-loader init /opt/cmdline', 'boot-loader init /opt/init', 'boot-loader rdinit'],
  },
  {
    kind: 'kernel-helper',
    files: {
      '/proc/sys/kernel/core_pattern': '|/opt/core %P hunter2\n',
      '/proc/sys/kernel/modprobe': '/sbin/modprobe\n',
      '/sys/kernel/uevent_helper': '\n',
      '/etc/sysctl.d/x.conf':
        'kernel.core_pattern=/var/hunter2/core.%e\nkernel/modprobe = /opt/load\n-kernel.core_pattern = |/opt/dump %p\n',
    },
    told: [
      ...['kernel-helper core_pattern /opt/core', 'kernel-helper modprobe /sbin/modprobe'],
      ...['kernel-helper kernel/modprobe /opt/load', 'kernel-helper kernel.core_pattern /opt/dump'],
    ],
  },
  {
    kind: 'network-hook',
    files: {
      '/etc/network/interfaces':
        'auto lo\nsource /etc/network/more/*\niface lo inet loopback\n  up /opt/up hunter2 || true\n',
      '/etc/network/more/x': '  pre-up /opt/pre-up\n',
      '/etc/wireguard/wg0.conf': '[Interface]\nPrivateKey = hunter2\nPostUp = /opt/wg %i hunter2\n',
      '/etc/openvpn/client/c.conf': 'remote hunter2\nup /opt/vpn hunter2\nauth-user-pass hunter2\n',
      '/etc/dhcpcd.exit-hook': 'x',
    },
    programs755: [
      ...['/etc/NetworkManager/dispatcher.d/01-x', '/usr/lib/networkd-dispatcher/off.d/x'],
      ...['/etc/NetworkManager/dispatcher.d/pre-up.d/x', '/etc/ppp/ip-up', '/sbin/ifup-local'],
    ],
    told: [
      ...['network-hook 01-x', 'network-hook x', 'network-hook x', 'network-hook ip-up'],
      ...['network-hook ifup-local', 'network-hook dhcpcd.exit-hook'],
      ...['network-hook up /opt/up', 'network-hook pre-up /opt/pre-up'],
      ...['network-hook PostUp /opt/wg', 'network-hook up /opt/vpn'],
    ],
  },
  {
    kind: 'log-hook',
    files: {
      '/etc/logrotate.d/x':
        '/var/log/hunter2 {\n  compresscmd /opt/zip\n  postrotate\n    if [ -x /opt/no ]; then\n      /opt/rotate hunter2 > /dev/null\n    fi\n  endscript\n  prerotate\n    /opt/unended\n',
      '/etc/rsyslog.d/x.conf':
        'action(type="omprog"\n  binary="/opt/omprog hunter2")\n*.* ^/opt/old;hunter2\n',
      '/etc/audit/plugins.d/x.conf': 'active = yes\npath = /opt/plugin\nargs = hunter2\n',
      '/etc/audit/auditd.conf': 'space_left_action = exec /opt/full\ndisk_full_action = SUSPEND\n',
    },
    told: [
      ...['log-hook compresscmd /opt/zip', 'log-hook postrotate /opt/rotate'],
      ...['log-hook prerotate /opt/unended', 'log-hook x.conf /opt/omprog'],
      ...['log-hook x.conf /opt/old', 'log-hook x.conf /opt/plugin'],
      'log-hook space_left_action /opt/full',
    ],
  },
  {
    kind: 'python',
    files: {
      '/usr/lib/python3/dist-packages/paths.pth': '/opt/more\n',
      '/usr/lib/python3/dist-packages/code.pth': '# x\nimport os; os.system("hunter2")\n',
      '/usr/lib/python3.11/sitecustomize.py': 'hunter2',
      '/home/alice/.local/lib/python3.11/site-packages/usercustomize.py': 'hunter2',
    },
    told: [
      ...['python sitecustomize.py', 'python code.pth', 'python paths.pth'],
      'python usercustomize.py',
    ],
  },
  {
    kind: 'nss',
    files: {
      '/etc/nsswitch.conf':
        'passwd:  files evil [NOTFOUND=return] # hunter2\nhosts: files dns\n#group: no\n',
      '/usr/lib/x86_64-linux-gnu/libnss_evil.so.2': 'x',
      '/usr/lib/x86_64-linux-gnu/libnss_no.so.2': 'x',
    },
    told: ['nss evil /usr/lib/x86_64-linux-gnu/libnss_evil.so.2'],
  },
  {
    kind: 'plugin',
    files: {
      '/etc/sudo.conf': 'Plugin sudoers_policy sudoers.so\nPlugin evil /opt/evil.so hunter2\n',
      '/usr/libexec/sudo/sudoers.so': 'x',
      '/etc/apache2/mods-enabled/x.load': 'LoadModule x_module /opt/mod_x.so\n',
      '/etc/nginx/modules-enabled/x.conf': 'load_module modules/x.so;\n',
      '/usr/share/nginx/modules/x.so': 'x',
      '/etc/php/8.2/apache2/php.ini':
        ';auto_prepend_file = /opt/no\nauto_prepend_file = "/opt/x.php"\n',
      '/etc/ssl/openssl.cnf': '[evil]\ndynamic_path = /opt/engine.so\n',
      '/home/alice/.config/pkcs11/modules/x.module': 'module: /opt/p11.so\n',
    },
    told: [
      ...[
        'plugin Plugin sudoers_policy /usr/libexec/sudo/sudoers.so',
        'plugin Plugin evil /opt/evil.so',
      ],
      ...[
        'plugin LoadModule x_module /opt/mod_x.so',
        'plugin load_module /usr/share/nginx/modules/x.so',
      ],
      ...['plugin auto_prepend_file /opt/x.php', 'plugin dynamic_path /opt/engine.so'],
      'plugin x.module /opt/p11.so',
    ],
  },
  {
    kind: 'library-path',
    files: {
      '/etc/ld.so.conf': 'include /etc/ld.so.conf.d/*.conf\ninclude more/*.conf\n/opt/lib\n',
      '/etc/ld.so.conf.d/a.conf': '# c\n/usr/local/lib\n',
      '/etc/more/b.conf': '/opt/more\n',
    },
    told: [
      ...['library-path ld.so.conf /opt/lib', 'library-path a.conf /usr/local/lib'],
      'library-path b.conf /opt/more',
    ],
  },
  {
    kind: 'polkit',
    files: {
      '/etc/polkit-1/rules.d/99-x.rules': 'polkit.addRule(function() { return "hunter2" })\n',
      '/etc/polkit-1/localauthority/50-local.d/x.pkla': '[hunter2]\nResultAny=yes\n',
      '/etc/polkit-1/rules.d/99-x.rules.bak': 'x',
    },
    told: ['polkit 99-x.rules', 'polkit x.pkla'],
  },
  {
    kind: 'mail-hook',
    files: {
      '/etc/aliases': 'root: alice\nx: "|/opt/alias hunter2"\n',
      '/home/alice/.forward': '\\alice, "|/opt/forward hunter2"\n',
      '/home/alice/.procmailrc': ':0\n* ^Subject:.*(hunter2|x)\n| /opt/procmail hunter2\n',
    },
    told: [
      ...['mail-hook aliases /opt/alias', 'mail-hook .forward /opt/forward'],
      'mail-hook .procmailrc /opt/procmail',
    ],
  },
  {
    kind: 'package-hook',
    files: {
      '/etc/apt/apt.conf.d/20x':
        'AptCli::Hooks::Upgrade { "/opt/esm hunter2"; };\nAcquire::http::Proxy-Auto-Detect "/opt/proxy";\n',
      '/usr/lib/yum-plugins/x.py': 'hunter2',
      '/usr/lib/python3.9/site-packages/dnf-plugins/x.py': 'hunter2',
      '/etc/dnf/libdnf5-plugins/actions.d/x.actions':
        'post_transaction:*:in:enabled=1:/opt/dnf5 hunter2\n',
      '/etc/dnf/plugins/post-transaction-actions.d/x.action': 'kernel:any:/opt/dnf4 hunter2\n',
      '/etc/pacman.conf': '[options]\nXferCommand = /opt/fetch hunter2 %u\n',
    },
    programs755: ['/etc/apk/commit_hooks.d/x'],
    told: [
      ...['package-hook x', 'package-hook x.py', 'package-hook x.py'],
      ...[
        'package-hook AptCli::Hooks::Upgrade /opt/esm',
        'package-hook Proxy-Auto-Detect /opt/proxy',
      ],
      ...['package-hook post_transaction /opt/dnf5', 'package-hook any /opt/dnf4'],
      'package-hook XferCommand /opt/fetch',
    ],
  },
  {
    kind: 'init',
    files: {
      '/etc/supervisor/conf.d/x.conf': '[program:x]\ncommand=/opt/super hunter2\n',
      '/etc/init/x.conf': 'exec hunter2\n',
    },
    programs755: ['/etc/local.d/x.start', '/etc/sv/ssh/run', '/etc/sv/idle/run'],
    links: { '/etc/service/ssh': '/etc/sv/ssh' },
    told: ['init x.start', 'init run', 'init x.conf', 'init x.conf /opt/super'],
  },
  {
    kind: 'socket',
    files: {
      '/etc/inetd.conf': 'ftp stream tcp nowait root.root /opt/ftpd ftpd hunter2\n',
      '/etc/xinetd.d/x': 'service x\n{\n  server = /opt/xd\n  server_args = hunter2\n}\n',
    },
    told: ['socket ftp /opt/ftpd', 'socket x /opt/xd'],
  },
  {
    kind: 'path',
    files: { '/etc/incron.d/x': '/tmp IN_CREATE /opt/incron $@ hunter2\n' },
    told: ['path x /opt/incron'],
  },
  {
    kind: 'power-hook',
    files: { '/etc/acpi/events/x': 'event=button/power.*\naction=/opt/acpi hunter2\n' },
    programs755: ['/etc/acpi/x.sh', '/etc/pm/power.d/x'],
    told: ['power-hook x', 'power-hook x.sh', 'power-hook action /opt/acpi'],
  },
  {
    kind: 'autostart',
    files: {
      '/etc/lightdm/lightdm.conf': '[Seat:*]\ngreeter-setup-script=/opt/greet hunter2\n',
      '/home/alice/.config/lxsession/LXDE/autostart': '@/opt/lx hunter2\n',
      '/home/alice/.config/sway/config': 'exec_always --no-startup-id /opt/sway hunter2\n',
    },
    told: [
      ...['autostart greeter-setup-script /opt/greet', 'autostart autostart /opt/lx'],
      'autostart exec_always /opt/sway',
    ],
  },
  {
    kind: 'preload',
    files: {
      '/etc/systemd/system.conf.d/x.conf': '[Manager]\nDefaultEnvironment=LD_PRELOAD=/opt/m.so\n',
      '/home/alice/.config/environment.d/x.conf': 'BASH_ENV=/opt/env TOKEN=hunter2\n',
    },
    told: ['preload x.conf /opt/m.so', 'preload x.conf /opt/env'],
  },
  {
    kind: 'profile',
    files: {
      '/etc/skel/.zshrc': 'hunter2',
      '/home/alice/.config/fish/conf.d/x.fish': 'hunter2',
      '/home/alice/.bashrc.d/x': 'hunter2',
    },
    told: ['profile .zshrc', 'profile x', 'profile x.fish'],
  },
]

describe.each(PLACES)('$kind', ({ kind, told, ...init }) => {
  it('is told, and never an argument', async () => {
    expect((await startedBy(init, [kind])).told.toSorted()).toEqual(told.toSorted())
  })
})

describe('python', () => {
  it('starts by itself where a line of a .pth file is code', async () => {
    const site = '/usr/local/lib/python3.11/dist-packages'
    const files = {
      [`${site}/code.pth`]: '/opt/more\nimport x\n',
      [`${site}/mark.pth`]: '\uFEFFimport\tx\n',
      [`${site}/paths.pth`]: 'import/x\nimports x\n import x\nan import x\n#import x\nimport\n',
    }
    const { entries } = await startedBy({ files }, ['python'])
    expect(entries.map(({ name, enabled }) => [name, enabled])).toEqual([
      ['code.pth', true],
      ['mark.pth', true],
      ['paths.pth', false],
    ])
  })
})

describe('what another line may switch off', () => {
  it('is not said to start by itself', async () => {
    const files = {
      '/etc/xinetd.d/x': 'service x\n{\n  disable = yes\n  server = /opt/x\n}\n',
      '/etc/inetd.conf': 'ftp stream tcp nowait root /opt/ftpd ftpd\n',
    }
    const { entries } = await startedBy({ files }, ['socket'])
    expect(entries.map(({ name, user, enabled }) => [name, user, enabled])).toEqual([
      ['ftp', 'root', true],
      ['x', undefined, undefined],
    ])
  })
})

describe('ssh', () => {
  it('follows the configuration of sshd, and tells what keys start and load', async () => {
    const { entries } = await startedBy(
      {
        files: {
          '/etc/ssh/sshd_config':
            'Include more/*.conf "/opt/ssh.conf"\nAuthorizedKeysFile .ssh/keys /etc/ssh/keys/%u /etc/ssh/all\n',
          '/etc/ssh/more/x.conf':
            'ForceCommand /opt/force hunter2\nSubsystem sftp internal-sftp\nInclude /etc/ssh/sshd_config\n',
          '/opt/ssh.conf': 'Match User alice\n  AuthorizedKeysCommand=/opt/keys %u hunter2\n',
          '/etc/ssh/keys/alice': 'restrict,command="/opt/mine \\"hunter2\\"" ssh-ed25519 AAAA x\n',
          '/etc/ssh/all':
            '# command="/opt/no" ssh-rsa A\nssh-ed25519 AAAA command="/opt/comment"\n',
          '/home/alice/.ssh/keys': 'environment="LD_PRELOAD=/opt/k.so" ssh-ed25519 AAAA hunter2\n',
          '/home/alice/.ssh/authorized_keys': 'ssh-ed25519 AAAA hunter2\n',
          '/home/alice/.ssh/config': 'Include ~/.ssh/c.d/*\n',
          '/home/alice/.ssh/c.d/x': 'Host *\n  ProxyCommand /opt/proxy hunter2 %h\n',
        },
      },
      ['ssh', 'preload'],
    )
    expect(
      entries.map((each) => [shortly([each])[0], each.definition.path, each.line, each.user]),
    ).toEqual([
      ['ssh ForceCommand /opt/force', '/etc/ssh/more/x.conf', 1, undefined],
      ['ssh AuthorizedKeysCommand /opt/keys', '/opt/ssh.conf', 2, undefined],
      ['ssh all', '/etc/ssh/all', undefined, undefined],
      ['ssh ProxyCommand /opt/proxy', '/home/alice/.ssh/c.d/x', 2, 'alice'],
      ['ssh authorized_keys', '/home/alice/.ssh/authorized_keys', undefined, 'alice'],
      ['ssh keys', '/home/alice/.ssh/keys', undefined, 'alice'],
      ['preload keys /opt/k.so', '/home/alice/.ssh/keys', 1, 'alice'],
      ['ssh alice', '/etc/ssh/keys/alice', undefined, 'alice'],
      ['ssh alice /opt/mine', '/etc/ssh/keys/alice', 1, 'alice'],
    ])
  })
})

describe('pam', () => {
  it('reads rules as PAM does: in any case, of any name, and files included by path', async () => {
    const { told } = await startedBy(
      {
        files: {
          '/etc/pam.d/x':
            'AUTH Sufficient /opt/evil\n@include /opt/pam.conf\nauth include common-auth\n-session optional ../../../opt/up.so\n',
          '/opt/pam.conf': 'session [success=1 default=ignore] /opt/more.so key=hunter2\n',
          '/usr/lib/security/pam_unix.so': 'x',
          '/opt/up.so': 'x',
        },
      },
      ['pam'],
    )
    expect(told).toEqual([
      'pam x /opt/evil',
      'pam x /usr/lib/security/../../../opt/up.so',
      'pam pam.conf /opt/more.so',
    ])
  })
})

describe('commands that tell no program', () => {
  it('are told without one', async () => {
    const { told } = await startedBy(
      {
        files: {
          '/etc/udev/rules.d/9.rules': 'RUN+="$env{X} hunter2"\n',
          '/etc/modprobe.d/x.conf': 'install usb $CMD hunter2\n',
          '/etc/inittab': 'x:2:respawn:$CMD hunter2\nid:2:initdefault:\n',
        },
      },
      ['udev', 'kernel-module', 'init'],
    )
    expect(told.toSorted()).toEqual(['init x', 'kernel-module usb', 'udev 9.rules'])
  })
})

describe('udev', () => {
  it('reads each way to start a program', async () => {
    const rules =
      'RUN{program}+="/opt/a hunter2"\nRUN:="/opt/b"\nPROGRAM!="/opt/c"\nIMPORT{program}=i"/opt/d"\nIMPORT{file}="/opt/hunter2"\nENV{PROGRAM}="/opt/hunter2"\n'
    const { told } = await startedBy({ files: { '/etc/udev/rules.d/9.rules': rules } }, ['udev'])
    expect(told).toEqual(['a', 'b', 'c', 'd'].map((name) => `udev 9.rules /opt/${name}`))
  })
})

describe('units that others start', () => {
  it('are not said to stay off: by udev, by D-Bus, when another ends; and those of a session are told', async () => {
    const unit = '[Service]\nExecStart=/opt/x\n'
    const folder = '/usr/lib/systemd/system'
    const { entries } = await startedBy(
      {
        files: {
          [`${folder}/device@.service`]: unit,
          [`${folder}/bus.service`]: unit,
          [`${folder}/failure.service`]: unit,
          [`${folder}/off.service`]: `[Unit]\nOnFailure=failure.service\n${unit}`,
          '/run/user/4711/systemd/transient/run-1.service': unit,
          '/home/alice/.profile': '',
          '/etc/udev/rules.d/9.rules': 'TAG+="systemd", ENV{SYSTEMD_WANTS}+="device@%k.service"\n',
          '/usr/share/dbus-1/system-services/x.service':
            '[D-BUS Service]\nName=x\nExec=/bin/false\nSystemdService=alias.service\n',
        },
        links: { [`${folder}/alias.service`]: 'bus.service' },
      },
      ['service'],
    )
    expect(entries.map(({ name, enabled, state }) => [name, enabled ?? 'perhaps', state])).toEqual([
      ['bus.service', 'perhaps', 'static'],
      ['device@.service', 'perhaps', 'static'],
      ['failure.service', 'perhaps', 'static'],
      ['off.service', false, 'static'],
      ['run-1.service', false, 'transient'],
    ])
  })
})

describe('paths with wildcards', () => {
  it.each([
    ['a', 'a', true],
    ['ab', 'a', false],
    ['ifup-eth0', 'ifup*', true],
    ['a.conf.bak', '*.conf', false],
    ['abcabc', '*b?a*c', true],
    ['x1', 'x[0-9]', true],
    ['', '*', true],
    ['a'.repeat(5000), `${'*a'.repeat(2000)}*b`, false],
  ])('mean what glob means: %.10s by %.10s', (name, pattern, expected) => {
    expect(isLike(name, pattern)).toBe(expected)
  })

  it('end in no loop of includes, links and folders, and say what they left out', async () => {
    const deep = Array.from({ length: 1100 }, (_, index) => [`/opt/many/${index}/other`, ''])
    const more = Array.from({ length: 300 }, (_, index) => `Include /opt/none${index}\n`).join('')
    const { told, errors } = await startedBy(
      {
        files: {
          ...Object.fromEntries(deep),
          '/etc/ssh/sshd_config': `Include loop/*/*/*/*/*/*\nInclude /opt/many/*/x.conf ${'y'.repeat(600)}\n${more}Subsystem sftp /opt/sftp\n`,
          '/etc/ssh/loop/a.conf': 'Include *\nInclude loop/*\n',
        },
        links: { '/etc/ssh/loop/here': '.', '/etc/ssh/loop/again': '..' },
      },
      ['ssh'],
    )
    expect(told).toEqual(['ssh Subsystem sftp /opt/sftp'])
    expect(errors.filter((message) => !message.includes('package manager'))).toEqual([
      '/etc/ssh/sshd_config: paths to include over 512 characters do not count',
      '/etc/ssh/sshd_config: only the first 256 paths to include count',
      '/opt/many/*: only the first 1000 folders that it means count',
    ])
  })
})
