/** `sshkey` obeys the laws of modules. */
import { generateKeyPairSync } from 'node:crypto'
import { afterAll } from 'vitest'
import { sshkey } from '../../agent-modules/sshkey/index.ts'
import { testModule } from '../laws/module.ts'
import { createFileTree } from './file-tree.ts'

const { privateKey } = generateKeyPairSync('ed25519')
const tree = createFileTree({
  'quick/key': String(privateKey.export({ format: 'pem', type: 'pkcs8' })),
  // Enough keys to be read for some seconds.
  ...Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [
      `endless/.ssh/${index}`,
      String(privateKey.export({ format: 'pem', type: 'pkcs8' })).repeat(8000),
    ]),
  ),
})
afterAll(() => {
  tree[Symbol.dispose]()
})

const search = (fields: object): unknown => ({ paths: [tree.at('quick')], ...fields })

testModule(sshkey, {
  parameters: () => search({}),
  endlessParameters: () => search({ paths: [tree.at('endless')] }),
  junk: [
    ...['', 'relative', '/a\0b', 7].map((place) => ({ paths: [place] })),
    ...[-1, 1001, 1.5, '8'].map((maxdepth) => search({ maxdepth })),
    ...['', 'SHA256:', 'SHA256:short', 'aa:bb', 'MD5:zz', 'a'.repeat(200), 'SHA1:aa'].map((one) =>
      search({ fingerprints: [one] }),
    ),
    ...['Private', 'known_hosts', ''].map((type) => search({ types: [type] })),
    ...['rsa', 'ssh-rsa ', ''].map((algorithm) => search({ algorithms: [algorithm] })),
    ...['true', 1].map((encrypted) => search({ encrypted })),
  ],
})
