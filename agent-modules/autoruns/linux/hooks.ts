/** Scripts that other programs run: at log-in, at boot, when the network or the power changes, when packages come and go. */
import type { Source } from '../start.ts'
import { RUN_PARTS_NAMES, scriptFolders, type ScriptFolder } from './scripts.ts'

const folders = (
  kind: ScriptFolder['kind'],
  paths: readonly string[],
  more: Partial<ScriptFolder> = {},
): readonly ScriptFolder[] => paths.map((folder) => ({ kind, folder, ...more }))

const GENERATORS = ['system', 'user', 'system-environment', 'user-environment'].flatMap((what) =>
  ['/run/systemd', '/etc/systemd', '/usr/local/lib/systemd', '/usr/lib/systemd'].map(
    (parent) => `${parent}/${what}-generators`,
  ),
)
const INITRAMFS_STAGES = [
  'init-top',
  'init-premount',
  'local-top',
  'local-block',
  'local-premount',
  'local-bottom',
  'nfs-top',
  'nfs-premount',
  'nfs-bottom',
  'init-bottom',
  'panic',
]
const INITRAMFS = ['/etc/initramfs-tools', '/usr/share/initramfs-tools'].flatMap((parent) => [
  `${parent}/hooks`,
  ...INITRAMFS_STAGES.map((stage) => `${parent}/scripts/${stage}`),
])
const KERNEL_PACKAGES = ['preinst.d', 'postinst.d', 'prerm.d', 'postrm.d', 'header_postinst.d']
const DISPATCHER = ['/etc/NetworkManager', '/usr/lib/NetworkManager'].flatMap((parent) =>
  ['', '/pre-up.d', '/pre-down.d', '/no-wait.d'].map((part) => `${parent}/dispatcher.d${part}`),
)
const NETWORK = [
  ...['if-pre-up.d', 'if-up.d', 'if-down.d', 'if-post-down.d'].map(
    (part) => `/etc/network/${part}`,
  ),
  ...[
    'routable.d',
    'carrier.d',
    'configured.d',
    'degraded.d',
    'dormant.d',
    'no-carrier.d',
    'off.d',
  ].flatMap((part) => [`/etc/networkd-dispatcher/${part}`, `/usr/lib/networkd-dispatcher/${part}`]),
  ...['ip-up.d', 'ip-down.d', 'ipv6-up.d', 'ipv6-down.d'].map((part) => `/etc/ppp/${part}`),
]
const DHCP = ['/etc/dhcp/dhclient-enter-hooks.d', '/etc/dhcp/dhclient-exit-hooks.d']
const POWER = [
  ...['system-sleep', 'system-shutdown'].flatMap((what) => [
    `/etc/systemd/${what}`,
    `/usr/lib/systemd/${what}`,
  ]),
  '/etc/pm/sleep.d',
  '/usr/lib/pm-utils/sleep.d',
]

export const hooks: Source = scriptFolders([
  ...folders('generator', GENERATORS),
  ...folders('motd', ['/etc/update-motd.d'], { names: RUN_PARTS_NAMES }),
  ...folders('boot-hook', INITRAMFS),
  ...folders('boot-hook', ['/etc/kernel/install.d', '/usr/lib/kernel/install.d']),
  ...folders(
    'boot-hook',
    KERNEL_PACKAGES.map((part) => `/etc/kernel/${part}`),
  ),
  ...folders('network-hook', [...DISPATCHER, ...NETWORK]),
  ...folders('network-hook', DHCP, { isSourced: true }),
  ...folders('power-hook', POWER),
])
