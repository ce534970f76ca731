/** What configuration of the machine's own programs makes them start or load, a row for each format. Not for those with a reading of their own: cron, udev, PAM, systemd. */
import type { Source } from '../start.ts'
import { directiveSource, type Directives } from './directives.ts'

const KERNEL: readonly Directives[] = [
  {
    kind: 'kernel-helper',
    files: ['/proc/sys/kernel/core_pattern'],
    line: /^\|(?<command>.+)$/,
    user: 'root',
  },
  {
    kind: 'kernel-helper',
    files: [
      ...['modprobe', 'hotplug', 'poweroff_cmd'].map((name) => `/proc/sys/kernel/${name}`),
      ...['/sys/kernel/uevent_helper', '/sys/fs/cgroup/*/release_agent'],
    ],
    line: /^(?<command>\/.+)$/,
    user: 'root',
  },
  {
    kind: 'kernel-helper',
    files: [
      '/etc/sysctl.conf',
      ...['/etc', '/run', '/usr/local/lib', '/usr/lib'].map((each) => `${each}/sysctl.d/*.conf`),
    ],
    line: /^\s*-?(?<name>kernel[./](?:core_pattern(?=\s*=\s*\|)|modprobe|hotplug|poweroff_cmd))\s*=\s*\|?(?<command>.+)$/,
    user: 'root',
  },
  {
    kind: 'boot-loader',
    files: [
      ...['/proc/cmdline', '/etc/kernel/cmdline', '/etc/cmdline.d/*.conf'],
      ...['/etc/default/grub', '/etc/default/grub.d/*.cfg', '/boot/grub*/*.cfg'],
      ...['/boot/loader/entries/*.conf', '/efi/loader/entries/*.conf'],
      ...['/boot/efi/loader/entries/*.conf', '/boot/extlinux/extlinux.conf'],
      ...['/boot/cmdline.txt', '/boot/firmware/cmdline.txt'],
    ],
    // The path of `rdinit` is one of the image that boots, which is not looked into.
    line: /(?<=^|[\s"'=])(?:(?<name>rdinit)=|(?<name>init)=(?<file>\/[^\s"']+))/,
    user: 'root',
  },
]

const SUPERVISORS: readonly Directives[] = [
  {
    kind: 'init',
    files: [
      ...['/etc/supervisord.conf', '/etc/supervisor/supervisord.conf'],
      ...['/etc/supervisor/conf.d/*.conf', '/etc/supervisord.d/*'],
    ],
    line: /^\s*command\s*=\s*(?<command>.+)$/,
    mayBeOff: true,
  },
  {
    kind: 'socket',
    files: ['/etc/inetd.conf'],
    line: /^(?<name>\S+)\s+(?:stream|dgram|raw|rdm|seqpacket)\s+\S+\s+\S+\s+(?<user>[\w-]+)\S*\s+(?<command>.+)$/,
  },
  {
    kind: 'socket',
    files: ['/etc/xinetd.conf', '/etc/xinetd.d/*'],
    line: /^\s*server\s*=\s*(?<command>.+)$/,
    mayBeOff: true,
  },
  {
    kind: 'path',
    files: ['/etc/incron.d/*', '/var/spool/incron/*'],
    line: /^\s*\S+\s+\S+\s+(?<command>.+)$/,
  },
]

const NETWORK: readonly Directives[] = [
  {
    kind: 'network-hook',
    files: ['/etc/network/interfaces', '/etc/network/interfaces.d/*'],
    includes: /^\s*source\s+(.+)$/,
    line: /^\s*(?<name>(?:pre-|post-)?(?:up|down))\s+(?<command>.+)$/,
    user: 'root',
  },
  {
    kind: 'network-hook',
    files: ['/etc/wireguard/*.conf'],
    line: /^\s*(?<name>(?:Pre|Post)(?:Up|Down))\s*=\s*(?<command>.+)$/i,
    user: 'root',
  },
  {
    kind: 'network-hook',
    files: ['/etc/openvpn/*.conf', '/etc/openvpn/*/*.conf'],
    line: /^\s*(?<name>up|down|route-up|route-pre-down|ipchange|tls-verify|auth-user-pass-verify|client-connect|client-disconnect|learn-address|plugin)\s+(?<command>.+)$/,
    user: 'root',
  },
  {
    kind: 'network-hook',
    files: ['/etc/dhcp/dhclient.conf', '/etc/dhclient.conf', '/etc/dhcpcd.conf'],
    line: /^\s*(?<name>script)\s+(?<command>[^;]+)/,
    user: 'root',
  },
  {
    kind: 'power-hook',
    files: ['/etc/acpi/events/*'],
    line: /^\s*(?<name>action)\s*=\s*(?<command>.+)$/,
    user: 'root',
  },
]

const LOGS: readonly Directives[] = [
  {
    kind: 'log-hook',
    files: ['/etc/rsyslog.conf', '/etc/rsyslog.d/*.conf'],
    line: /\bbinary\s*=\s*(?<command>"[^"]*")|^[\w*.;,!=-]+\s+\^(?<file>\/[^\s;]+)/i,
  },
  {
    kind: 'log-hook',
    files: ['/etc/audit/plugins.d/*.conf', '/etc/audisp/plugins.d/*.conf'],
    line: /^\s*path\s*=\s*(?<command>.+)$/i,
    mayBeOff: true,
    user: 'root',
  },
  {
    kind: 'log-hook',
    files: ['/etc/audit/auditd.conf'],
    line: /^\s*(?<name>\w+_action)\s*=\s*exec\s+(?<command>.+)$/i,
    user: 'root',
  },
]

const MAIL: readonly Directives[] = [
  {
    kind: 'mail-hook',
    files: ['/etc/aliases', '/etc/mail/aliases', '/etc/postfix/aliases', '~/.forward'],
    line: /\|\s*(?<command>[^"]+)/,
  },
  {
    kind: 'mail-hook',
    files: ['/etc/procmailrc', '~/.procmailrc'],
    line: /^\s*\|\s*(?<command>.+)$/,
  },
]

const DESKTOPS: readonly Directives[] = [
  {
    kind: 'autostart',
    files: [
      ...['/etc/lightdm/lightdm.conf', '/etc/lightdm/lightdm.conf.d/*.conf'],
      '/usr/share/lightdm/lightdm.conf.d/*.conf',
    ],
    line: /^\s*(?<name>[a-z-]+-(?:script|wrapper))\s*=\s*(?<command>.+)$/,
  },
  {
    kind: 'autostart',
    files: ['/etc/xdg/lxsession/*/autostart', '~/.config/lxsession/*/autostart'],
    line: /^\s*@(?<command>.+)$/,
  },
  {
    kind: 'autostart',
    files: [
      ...['/etc/i3/config', '/etc/sway/config', '/etc/sway/config.d/*'],
      ...['~/.i3/config', '~/.config/i3/config', '~/.config/sway/config'],
    ],
    line: /^\s*(?<name>exec(?:_always)?)\s+(?:--no-startup-id\s+)?(?<command>.+)$/,
  },
]

const PACKAGES: readonly Directives[] = [
  {
    kind: 'package-hook',
    files: ['/etc/dnf/libdnf5-plugins/actions.d/*.actions'],
    line: /^\s*(?<name>\w+):[^:]*:[^:]*:[^:]*:(?<command>.+)$/,
    user: 'root',
  },
  {
    kind: 'package-hook',
    files: [
      ...['/etc/dnf/plugins/post-transaction-actions.d/*.action', '/etc/yum/post-actions/*.action'],
    ],
    line: /^[^:]+:(?<name>[\w-]+):(?<command>.+)$/,
    user: 'root',
  },
  {
    kind: 'package-hook',
    files: ['/etc/pacman.conf'],
    line: /^\s*(?<name>XferCommand)\s*=\s*(?<command>.+)$/,
    user: 'root',
  },
]

const PLUGINS: readonly Directives[] = [
  {
    kind: 'plugin',
    files: ['/etc/sudo.conf'],
    line: /^\s*(?<name>Plugin\s+\w+|Path\s+(?:askpass|noexec|sesh))\s+(?<file>\S+)/i,
    folders: ['/usr/libexec/sudo', '/usr/lib/sudo'],
    user: 'root',
  },
  {
    kind: 'plugin',
    files: [
      ...['/etc/apache2/apache2.conf', '/etc/apache2/*-enabled/*', '/etc/httpd/conf/httpd.conf'],
      ...['/etc/httpd/conf.d/*.conf', '/etc/httpd/conf.modules.d/*.conf'],
    ],
    line: /^\s*(?<name>LoadModule\s+\w+|LoadFile)\s+"?(?<file>[^\s"]+)/i,
    folders: ['/etc/apache2', '/etc/httpd', '/usr/lib/apache2'],
    user: 'root',
  },
  {
    kind: 'plugin',
    files: [
      ...['/etc/nginx/nginx.conf', '/etc/nginx/modules-enabled/*.conf'],
      '/usr/share/nginx/modules/*.conf',
    ],
    line: /^\s*(?<name>load_module)\s+["']?(?<file>[^\s"';]+)/,
    folders: ['/usr/share/nginx', '/usr/lib/nginx', '/usr/lib64/nginx', '/etc/nginx'],
    user: 'root',
  },
  {
    kind: 'plugin',
    files: [
      ...['/etc/php*.ini', '/etc/php.d/*.ini', '/etc/php*/php.ini', '/etc/php*/conf.d/*.ini'],
      ...['/etc/php/*/*/php.ini', '/etc/php/*/*/conf.d/*.ini'],
    ],
    line: /^\s*(?<name>auto_(?:prepend|append)_file|(?:zend_)?extension)\s*=\s*["']?(?<file>\/[^\s"']+)/,
  },
  {
    kind: 'plugin',
    files: [
      ...['/etc/ssl/openssl.cnf', '/etc/pki/tls/openssl.cnf', '/etc/pki/tls/openssl.d/*.cnf'],
    ],
    line: /^\s*(?<name>dynamic_path|module)\s*=\s*(?<file>\/\S+)/,
  },
  {
    kind: 'plugin',
    files: [
      ...['/etc/pkcs11/modules/*', '/usr/share/p11-kit/modules/*', '~/.config/pkcs11/modules/*'],
    ],
    line: /^\s*module\s*:\s*(?<file>\S+)/,
  },
  {
    kind: 'library-path',
    files: ['/etc/ld.so.conf', '/etc/ld.so.conf.d/*.conf'],
    includes: /^\s*include\s+(.+)$/,
    line: /^\s*(?<file>\/[^\s:,=]+)/,
  },
]

export const configured: readonly Source[] = [
  ...KERNEL,
  ...SUPERVISORS,
  ...NETWORK,
  ...LOGS,
  ...MAIL,
  ...DESKTOPS,
  ...PACKAGES,
  ...PLUGINS,
].map(directiveSource)
