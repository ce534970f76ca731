/** `pkg` obeys the laws of modules. */
import { afterAll } from 'vitest'
import { pkgOn } from '../../agent-modules/pkg/index.ts'
import { testModule } from '../laws/module.ts'
import { createHangingMachine } from './hanging-machine.ts'
import { createMachine } from './machine.ts'

/** An old rpm database, which only rpm can read, beside dpkg's. */
const files = createMachine({
  files: {
    '/var/lib/rpm/Packages': '',
    '/var/lib/dpkg/status':
      'Package: dpkg-private-name\nStatus: install ok installed\nVersion: 1.0-1\nArchitecture: all\n',
  },
})
afterAll(() => {
  files[Symbol.dispose]()
})
const { machine, hang } = createHangingMachine(
  Buffer.from('bash-private-name\t(none)\t5.1\t9.el9\tx86_64\t(none)\t1700000000\n'),
)

const search = (fields: object): unknown => ({ pkgmatch: { matches: ['private'] }, ...fields })

testModule(pkgOn({ ...machine, root: files.root }), {
  parameters: () => {
    hang(false)
    return search({ vermatch: '.', vercompare: '>=0.1' })
  },
  endlessParameters: () => {
    hang(true)
    return search({})
  },
  junk: [
    {},
    ...[null, [], {}, { matches: [] }, { matches: null }, { matches: 'x' }].map((pkgmatch) => ({
      pkgmatch,
    })),
    ...['(', '', 5, '(?=x)'].map((match) => ({ pkgmatch: { matches: [match] } })),
    ...['(', '!(', 5].map((vermatch) => search({ vermatch })),
    ...['1.0', '', '<', '~1', 5, ['1.0'], [['<1']], Array.from({ length: 9 }, () => '<1')].map(
      (vercompare) => search({ vercompare }),
    ),
  ],
})
