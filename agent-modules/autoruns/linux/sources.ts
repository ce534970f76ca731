/** All ways in which something starts by itself on Linux. */
import type { Source } from '../start.ts'
import { binfmt } from './binfmt.ts'
import { configured } from './configured.ts'
import { at, cron } from './cron.ts'
import { autostart, dbus } from './desktop.ts'
import { hooks } from './hooks.ts'
import { init } from './init.ts'
import { kernelModules } from './kernel-modules.ts'
import { logrotate } from './logrotate.ts'
import { nss } from './nss.ts'
import { packageHooks } from './package-hooks.ts'
import { pam } from './pam.ts'
import { preload } from './preload.ts'
import { profile } from './profile.ts'
import { python } from './python.ts'
import { ssh } from './ssh.ts'
import { systemd } from './systemd/systemd.ts'
import { udev } from './udev.ts'

export const linuxSources: readonly Source[] = [
  systemd,
  cron,
  at,
  init,
  ...hooks,
  profile,
  autostart,
  kernelModules,
  preload,
  udev,
  pam,
  ssh,
  packageHooks,
  dbus,
  binfmt,
  python,
  nss,
  logrotate,
  ...configured,
]
