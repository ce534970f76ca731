/** The ways in which something starts by itself on Windows that this module knows. */
import type { Source } from '../start.ts'
import { runKeys, services } from './registry.ts'
import { startupFolders, tasks } from './tasks.ts'

export const windowsSources: readonly Source[] = [runKeys, services, tasks, startupFolders]
