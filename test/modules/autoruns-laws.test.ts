/** `autoruns` obeys the laws of modules. */
import { afterAll } from 'vitest'
import { autorunsOn } from '../../agent-modules/autoruns/index.ts'
import type { Machine } from '../../agent-modules/support/machine.ts'
import type { ProgramOutcome } from '../../agent-modules/support/program.ts'
import { testModule } from '../laws/module.ts'
import { createMachine } from './machine.ts'

/** Hundreds of crontabs as long as are read, and a package manager that never answers. */
const endless = Object.fromEntries(
  Array.from({ length: 300 }, (_, index) => [
    `/etc/cron.d/endless${index}`,
    '#\n'.repeat(128 * 1024),
  ]),
)
const recorded = createMachine({
  files: {
    ...endless,
    '/usr/bin/rpm': '',
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n',
    '/etc/systemd/system/quick.service': '[Service]\nExecStart=/opt/quick --token=secret\n',
    '/etc/systemd/system/quick.timer': '[Timer]\nOnCalendar=daily\n',
    '/opt/quick': 'program',
  },
})
afterAll(() => {
  recorded[Symbol.dispose]()
})

const machine: Machine = {
  ...recorded,
  run: (name, args, options) =>
    name === 'rpm' && !args.includes('/opt/quick')
      ? never(options.signal)
      : recorded.run(name, args, options),
}

function never(signal: AbortSignal): Promise<ProgramOutcome> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      resolve({ kind: 'stopped', reason: 'called off', stdout: Buffer.alloc(0) })
    })
  })
}

testModule(autorunsOn(machine), {
  parameters: () => ({ kinds: ['service', 'timer'], hash: 'all' }),
  endlessParameters: () => ({ kinds: ['cron'] }),
  junk: [
    ...[['unheard-of'], 'service', [1]].map((kinds) => ({ kinds })),
    ...[['('], [''], 'x', ['!(?=x)']].map((names) => ({ names })),
    ...[['('], ['']].map((paths) => ({ paths })),
    ...[['2d'], ['after:yesterday'], '<2d'].map((mtimes) => ({ mtimes })),
    ...[['abcd'], ['z'.repeat(64)], 'a'.repeat(64)].map((sha2) => ({ sha2 })),
    ...['yes', 1].map((unowned) => ({ unowned })),
    ...['md5', true].map((hash) => ({ hash })),
    { hash: 'none', modified: true },
    { hash: 'none', sha2: ['a'.repeat(64)] },
    ...[-1, 1.5, '5'].map((matchlimit) => ({ matchlimit })),
  ],
})
