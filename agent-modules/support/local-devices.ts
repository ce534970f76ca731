/**
 * Which files can be read without waiting for a user's program or a server, by their device, from Linux's tables of mounts (proc_pid_mountinfo(5)).
 *
 * DEV NOTE. Users mount what they like in name spaces of their own, and may give the kernel files that they answer for themselves (FUSE), below an overlay as
 * well. So only kinds are taken that are known to need nobody, an overlay only where it is mounted for this process too, as root's containers
 * are; whatever is in no table is not local. Numbers of devices mean the same in all tables.
 */
import type { Machine } from './machine.ts'
import { readProc } from './procfs.ts'

/** Kinds that a disk, or memory, stands for. */
const LOCAL_KINDS: ReadonlySet<string> = new Set([
  ...['bcachefs', 'btrfs', 'cramfs', 'erofs', 'exfat', 'ext2', 'ext3', 'ext4', 'f2fs', 'jffs2'],
  ...['hfs', 'hfsplus', 'iso9660', 'jfs', 'msdos', 'nilfs2', 'ntfs3', 'reiserfs', 'romfs'],
  ...['squashfs', 'ubifs', 'udf', 'vfat', 'xfs', 'zfs'],
  ...['devtmpfs', 'hugetlbfs', 'ramfs', 'rootfs', 'tmpfs'],
])
const OVERLAY = 'overlay'
const KERNEL_DEVICES = 'devtmpfs'
const LINE_FORM = /^\d+ \d+ (?<device>\d+:\d+) \S+ \S+ \S+ (?:[a-z_]+(?::\d+)? )*- (?<kind>\S+) /gm
/** What the kernel tells for memory that is no file's. */
const NO_DEVICE = '0:0'

/** The kind of file system of each device. */
type Kinds = ReadonlyMap<string, string>

export class LocalDevices {
  readonly #machine: Machine
  readonly #here: Kinds
  /** Devices 0:1 to below this the kernel has made for itself, among them shared memory. */
  readonly #firstMounted: number

  constructor(machine: Machine) {
    this.#machine = machine
    this.#here = readKinds(machine, 'self')
    this.#firstMounted = firstMounted(this.#here)
  }

  /** Tells for the devices of files that one process has mapped. Its own table is only read where ours does not tell. */
  ofProcess(pid: number): (device: string) => boolean {
    let there: Kinds | undefined
    return (device) => {
      if (device === NO_DEVICE || this.#isKernels(device)) return true
      const here = this.#here.get(device)
      if (here !== undefined) return here === OVERLAY || LOCAL_KINDS.has(here)
      there ??= readKinds(this.#machine, String(pid))
      return LOCAL_KINDS.has(there.get(device) ?? '')
    }
  }

  #isKernels(device: string): boolean {
    const [major, minor] = device.split(':').map(Number)
    return major === 0 && minor !== undefined && minor < this.#firstMounted
  }
}

function readKinds(machine: Machine, process: string): Kinds {
  const text = readProc(machine, `${process}/mountinfo`)?.toString('latin1') ?? ''
  return new Map(
    [...text.matchAll(LINE_FORM)].map(({ groups: { device = '', kind = '' } = {} }) => [
      device,
      kind,
    ]),
  )
}

/**
 * Such numbers are given in ascending order, first to what the kernel mounts for itself, which stays. Shared memory is the first of all since Linux 5.4, which is all that
 * is known within a container: there, what is mounted came later.
 */
function firstMounted(here: Kinds): number {
  const isHost = [...here.values()].includes(KERNEL_DEVICES)
  if (!isHost) return 2
  const minors = [...here].flatMap(([device, kind]) =>
    kind !== KERNEL_DEVICES && kind !== 'rootfs' && device.startsWith('0:')
      ? [Number(device.slice(2))]
      : [],
  )
  return Math.min(...minors, Infinity)
}
