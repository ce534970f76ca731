/** `memory` and `yara` of a process that has mapped a file which a program of its own user serves: they never ask that program. */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memory } from '../../agent-modules/memory/index.ts'
import { yara } from '../../agent-modules/yara/index.ts'
import { canServeFuse } from '../helpers/fuse.ts'
import { runModule } from '../laws/module.ts'
import { createFileTree, type FileTree } from './file-tree.ts'

/**
 * Mounts one file by FUSE in a mount name space of its own, maps it twice, touches all of it, and changes two bytes of each
 * second page of the private mapping. Its text is known to its server alone, which ends with it.
 */
const MAPPER = `
import ctypes, mmap, os, signal, struct, sys
first, second, folder = sys.argv[1:]
libc = ctypes.CDLL(None, use_errno=True)
def must(result):
    if result != 0: sys.exit(os.strerror(ctypes.get_errno()))
must(libc.unshare(0x20000))
must(libc.mount(None, b'/', None, 0x44000, None))
fd = os.open('/dev/fuse', os.O_RDWR)
must(libc.mount(b'mig', folder.encode(), b'fuse', 0, b'fd=%d,rootmode=40000,user_id=0,group_id=0' % fd))
SIZE = 16 * 4096
if os.fork() == 0:
    libc.prctl(1, signal.SIGKILL)
    page = (first + second).encode().ljust(4095, b'.') + b'\\n'
    def attributes(node):
        size, mode = (0, 0o40755) if node == 1 else (SIZE, 0o100644)
        return struct.pack('<6Q10I', node, size, 0, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)
    while True:
        request = os.read(fd, 1 << 20)
        _, kind, unique, node = struct.unpack('<IIQQ', request[:24])
        answer, error = b'', 0
        if kind == 26: answer = struct.pack('<4IHHI', 7, 31, 131072, 0, 16, 12, 131072) + bytes(40)
        elif kind == 1: answer = struct.pack('<4Q2I', 2, 0, 3600, 3600, 0, 0) + attributes(2)
        elif kind == 3: answer = struct.pack('<QII', 3600, 0, 0) + attributes(node)
        elif kind == 14: answer = struct.pack('<QII', 1, 0, 0)
        elif kind == 15: answer = (page * 32)[:struct.unpack('<I', request[56:60])[0]]
        elif kind in (2, 36, 42): continue
        elif kind not in (18, 25): error = -38
        os.write(fd, struct.pack('<IiQ', 16 + len(answer), error, unique) + answer)
os.close(fd)
file = os.open(folder + '/file', os.O_RDONLY)
shared = mmap.mmap(file, SIZE, mmap.MAP_SHARED, mmap.PROT_READ)
private = mmap.mmap(file, SIZE, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE)
for at in range(0, SIZE, 4096):
    shared[at], private[at]
    if at % 8192: private[at + 100:at + 102] = b'!!'
with open('/proc/self/comm', 'w') as comm: comm.write('mig-fuse')
print('ready', flush=True)
sys.stdin.readline()
`

const said =
  '24 pages of memory belong to files on no local file system (FUSE, network), and were not read'

describe.skipIf(!canServeFuse())('memory of a file that its own user serves', () => {
  const needle = randomBytes(12).toString('hex')
  let tree: FileTree
  let child: ChildProcess
  beforeAll(async () => {
    tree = createFileTree()
    const args = ['-c', MAPPER, needle.slice(0, 10), needle.slice(10), tree.root]
    const mapper = spawn('python3', args, { stdio: ['pipe', 'pipe', 'inherit'] })
    child = mapper
    await once(mapper.stdout, 'data')
  })
  afterAll(() => {
    child.kill('SIGKILL')
    tree[Symbol.dispose]()
  })

  it.each<[string, string, number]>([
    ['is found where the process changed it', needle, 8],
    ['is not asked for', `^${needle}[.]+$`, 0],
  ])('%s', async (_, content, hits) => {
    const search = { names: ['^mig-fuse$'], contents: [content], options: { matchall: true } }
    const { findings, errors } = await runModule(memory, { searches: { s1: search } })
    expect(findings.map((found) => (found as { hits: number }).hits)).toEqual(hits ? [hits] : [])
    expect(errors).toEqual([said])
  })

  it('is scanned by rules where the process changed it', async () => {
    const rule = (name: string, end: string): string =>
      `rule ${name} { strings: $a = "${needle}${'.'.repeat(76)}${end}" condition: $a }\n`
    const { findings, errors } = await runModule(yara, {
      yara: rule('changed', '!!') + rule('served', '..'),
      processes: { names: ['^mig-fuse$'] },
    })
    expect(findings).toMatchObject([{ PID: child.pid, MatchedRules: ['changed'] }])
    expect(errors).toEqual([said])
  })
})
