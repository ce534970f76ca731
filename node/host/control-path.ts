/** Where a node's control socket lies: in its home, or, when that path is too long for a socket, in the user's runtime directory. */
import type { Stats } from 'node:fs'
import { chmod, lstat, mkdir } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { sha256Hex, toUtf8 } from '../core/bytes.ts'
import { MeshError } from '../core/errors.ts'

/** sun_path has 108 bytes on Linux and 104 on macOS, the last one a NUL. */
const PATH_BYTES_LIMIT = 100

/** The socket's path for a home whose own place for it is `inHome`. */
export function controlPath(inHome: string): string {
  if (Buffer.byteLength(inHome) <= PATH_BYTES_LIMIT) return inHome
  const short = sha256Hex(toUtf8(inHome)).slice(0, 16)
  const runtime = process.env['XDG_RUNTIME_DIR']
  return runtime === undefined
    ? join(tmpdir(), `mig-${String(userInfo().uid)}`, short)
    : join(runtime, 'mig', short)
}

/**
 * True when a socket lies there that only this user, or root, can have made; false when nobody serves.
 * @throws MeshError HOME_INVALID when somebody else could stand behind it
 */
export async function hasOwnSocket(socket: string): Promise<boolean> {
  const info = await lstat(socket).catch(() => undefined)
  if (info?.isSocket() !== true) return false
  requirePrivate(socket, info)
  requirePrivate(dirname(socket), await lstat(dirname(socket)))
  return true
}

function requirePrivate(path: string, { uid, mode }: Stats): void {
  const isForeign = uid !== userInfo().uid && uid !== 0
  if (!isForeign && (mode & 0o022) === 0) return
  const reason = `the control socket is not talked to: ${isForeign ? 'somebody else made it' : 'others may write there'}`
  throw new MeshError({ code: 'HOME_INVALID', path, reason })
}

/** Makes the socket's directory for its owner only. @throws MeshError HOME_INVALID when it is somebody else's */
export async function prepareControlDirectory(socket: string): Promise<void> {
  const directory = dirname(socket)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const info = await lstat(directory)
  if (!info.isDirectory() || info.uid !== userInfo().uid) {
    const reason = 'the control socket would lie in a directory of somebody else'
    throw new MeshError({ code: 'HOME_INVALID', path: directory, reason })
  }
  if ((info.mode & 0o077) !== 0) await chmod(directory, 0o700)
}
