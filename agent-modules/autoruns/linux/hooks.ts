/** Scripts that other programs run: at boot, at log-in, when the network or the power changes, when packages come and go. */
import type { Source } from '../start.ts'
import { RUN_PARTS_NAMES, scriptSource, type Scripts } from './scripts.ts'

const GENERATORS = ['/run', '/etc', '/usr/local/lib', '/usr/lib'].map(
  (parent) => `${parent}/systemd/*-generators/*`,
)
/** What builds the image that boots, and what runs in it. */
const INITRAMFS = ['/etc/initramfs-tools', '/usr/share/initramfs-tools'].flatMap((parent) => [
  `${parent}/hooks/*`,
  `${parent}/scripts/*/*`,
])
const KERNEL_PACKAGES = [
  ...['/etc/kernel/*.d/*', '/usr/share/kernel/*.d/*', '/usr/lib/kernel/install.d/*'],
  '/etc/initramfs/post-update.d/*',
]
/** Shell, read by what builds the image: that need not be executable. */
const INITRAMFS_SOURCED = [
  ...['/etc/initramfs-tools/*.conf', '/etc/initramfs-tools/conf.d/*'],
  ...['/usr/share/initramfs-tools/conf.d/*', '/usr/share/initramfs-tools/conf-hooks.d/*'],
  ...['/etc/dracut.conf', '/etc/dracut.conf.d/*.conf', '/usr/lib/dracut/dracut.conf.d/*.conf'],
  '/usr/lib/dracut/modules.d/*/*',
  ...['/etc/initcpio/*/*', '/usr/lib/initcpio/*/*'],
  ...['/etc/mkinitcpio.conf', '/etc/mkinitcpio.conf.d/*.conf'],
]
const BOOT_LOADER_SOURCED = ['/etc/default/grub', '/etc/default/grub.d/*.cfg']
const CLOUD = ['/var/lib/cloud/scripts/*/*', '/var/lib/cloud/instance/scripts/*']
const NETWORK = [
  ...['/etc', '/usr/lib'].map((parent) => `${parent}/NetworkManager/dispatcher.d/*`),
  ...['/etc', '/usr/lib'].map((parent) => `${parent}/NetworkManager/dispatcher.d/*.d/*`),
  ...['/etc', '/usr/lib'].map((parent) => `${parent}/networkd-dispatcher/*.d/*`),
  ...['/etc/network/if-*.d/*', '/etc/ppp/ip*', '/etc/ppp/ip*.d/*'],
  ...['/etc/sysconfig/network-scripts/ifup*', '/etc/sysconfig/network-scripts/ifdown*'],
  ...['/sbin/ifup-*local', '/sbin/ifdown-*local'],
]
const NETWORK_SOURCED = [
  ...['/etc/dhcp/dhclient-*-hooks', '/etc/dhcp/dhclient-*-hooks.d/*'],
  ...['/usr/lib/dhcpcd/dhcpcd-hooks/*', '/lib/dhcpcd/dhcpcd-hooks/*'],
  ...['/usr/libexec/dhcpcd-hooks/*', '/etc/dhcpcd.*-hook', '/etc/hotplug.d/*/*'],
]
const POWER = [
  ...['/etc', '/usr/lib'].flatMap((parent) => [
    `${parent}/systemd/system-sleep/*`,
    `${parent}/systemd/system-shutdown/*`,
  ]),
  ...['/etc/pm/*.d/*', '/usr/lib/pm-utils/*.d/*', '/etc/acpi/*.sh', '/etc/acpi/actions/*'],
]
/** Plug-ins of package managers, which load what lies there, and hooks of what they start in turn. */
const PACKAGES_SOURCED = [
  ...['/usr/lib/yum-plugins/*.py', '/usr/share/yum-plugins/*.py'],
  ...['/usr/lib/python*/site-packages/dnf-plugins/*.py', '/usr/lib*/libdnf5/plugins/*.so'],
  ...['/usr/lib*/libdnf/plugins/*.so', '/usr/lib*/rpm-plugins/*.so', '/etc/portage/bashrc'],
  '/etc/needrestart/conf.d/*.conf',
]
const PACKAGES = [
  ...['/usr/lib/zypp/plugins/*/*', '/etc/apk/commit_hooks.d/*', '/etc/etckeeper/*.d/*'],
  ...['hook', 'notify', 'restart'].map((what) => `/etc/needrestart/${what}.d/*`),
]
const POLKIT = [
  ...['/etc', '/run', '/usr/local/share', '/usr/share'].map(
    (parent) => `${parent}/polkit-1/rules.d/*.rules`,
  ),
  ...['/etc', '/var/lib'].map((parent) => `${parent}/polkit-1/localauthority/*/*.pkla`),
]

const SCRIPTS: readonly Scripts[] = [
  { kind: 'generator', files: GENERATORS },
  { kind: 'motd', files: ['/etc/update-motd.d/*'], names: RUN_PARTS_NAMES },
  { kind: 'boot-hook', files: [...INITRAMFS, ...KERNEL_PACKAGES, ...CLOUD, '/etc/grub.d/*'] },
  { kind: 'boot-hook', files: [...INITRAMFS_SOURCED, ...BOOT_LOADER_SOURCED], isSourced: true },
  { kind: 'network-hook', files: NETWORK },
  { kind: 'network-hook', files: NETWORK_SOURCED, isSourced: true },
  { kind: 'power-hook', files: POWER },
  { kind: 'package-hook', files: PACKAGES },
  { kind: 'package-hook', files: PACKAGES_SOURCED, isSourced: true },
  { kind: 'polkit', files: POLKIT, isSourced: true, user: 'polkitd' },
]

export const hooks: readonly Source[] = SCRIPTS.map(scriptSource)
