/** Which init system started this machine, judged from files: no program is started. */
import { access } from 'node:fs/promises'
import { readSmallFile } from './facts-file.ts'

export type InitSystem = 'systemd' | 'upstart' | 'sysvinit' | 'launchd' | 'windows' | 'unknown'

/** `unknown` is a real answer: a container's first process is whatever was put there. `root` is for tests. */
export async function readInit(platform: NodeJS.Platform, root = ''): Promise<InitSystem> {
  if (platform === 'darwin') return 'launchd'
  if (platform === 'win32') return 'windows'
  // The test of sd_booted(3): this directory exists only where systemd is PID 1.
  if (await exists(`${root}/run/systemd/system`)) return 'systemd'
  const first = (await readSmallFile(`${root}/proc/1/comm`))?.trim()
  if (first === 'systemd') return 'systemd'
  if (first !== 'init') return 'unknown'
  if (await exists(`${root}/sbin/initctl`)) return 'upstart'
  const sysv = await Promise.all([exists(`${root}/etc/inittab`), exists(`${root}/etc/init.d`)])
  return sysv.includes(true) ? 'sysvinit' : 'unknown'
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
