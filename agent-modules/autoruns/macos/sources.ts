/** The ways in which something starts by itself on macOS that this module knows. */
import { at, cron } from '../linux/cron.ts'
import { profile } from '../linux/profile.ts'
import { ssh } from '../linux/ssh.ts'
import type { Source } from '../start.ts'
import { launchd, loginHooks } from './launchd.ts'

export const macosSources: readonly Source[] = [launchd, loginHooks, cron, at, profile, ssh]
