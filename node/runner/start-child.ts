/** One child process: started with nothing of this process but three pipes, and ended with everything it started. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { Readable } from 'node:stream'
import { reasonOf } from '../core/errors.ts'
import { ANSWERS_FD, decodeFrames, encodeFrame } from './channel.ts'
import type { Frame, RunRequest } from './channel.ts'

/** The last words of a child that crashed; they may quote data, so they never enter a result. */
const STDERR_LIMIT = 2048

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** V8 said that the heap limit was reached. */
  readonly isOutOfMemory: boolean
  /** Tail of stderr, for the operator when children do not start at all. */
  readonly lastWords: string
}

export interface Child {
  /** `undefined` when it could not be started. */
  readonly pid: number | undefined
  /** What it says, until it ends. One reader. @throws MeshError TOO_LARGE, FRAME_INVALID */
  readonly frames: AsyncGenerator<Frame, void>
  /** Settles when the process is gone; never rejects. */
  readonly exited: Promise<Exit>
  isAlive(): boolean
  send(request: RunRequest): void
  /** Signals the child and everything it started in its process group. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): void
}

/** Starts `command` (an argv) with an empty environment, in its own process group, at low CPU priority. Never throws. */
export function startChild(command: readonly string[]): Child {
  const [file = process.execPath, ...args] = command
  try {
    const child = spawn(file, args, {
      cwd: '/',
      env: {},
      detached: true,
      windowsHide: true,
      stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    })
    return attach(child)
  } catch (error) {
    // This host has no process or no pipe left: a child that never lived.
    return stillborn(reasonOf(error))
  }
}

function attach(child: ChildProcess): Child {
  let isAlive = child.pid !== undefined
  const exited = exitOf(child, openTail(child)).finally(() => {
    isAlive = false
  })
  lowerPriority(child.pid)
  // A child that died does not read: how it ended is told by `exited`.
  child.stdin?.on('error', () => undefined)
  return {
    pid: child.pid,
    frames: decodeFrames(answersOf(child)),
    exited,
    isAlive: () => isAlive,
    send: (request) => void child.stdin?.write(encodeFrame(request)),
    kill: (signal) => {
      killGroup(child.pid, signal)
    },
  }
}

function stillborn(reason: string): Child {
  return {
    pid: undefined,
    frames: decodeFrames(Readable.from([])),
    exited: Promise.resolve(notStarted(reason)),
    isAlive: () => false,
    send: () => undefined,
    kill: () => undefined,
  }
}

const notStarted = (reason: string): Exit => ({
  code: null,
  signal: null,
  isOutOfMemory: false,
  lastWords: reason,
})

function exitOf(child: ChildProcess, stderr: Tail): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve(notStarted(error.message))
    })
    child.once('exit', (code, signal) => {
      // What it started dies with it, and lets go of the pipes.
      killGroup(child.pid, 'SIGKILL')
      resolve({ code, signal, ...stderr.read() })
    })
  })
}

function killGroup(pid: number | undefined, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal)
  } catch {
    // Nobody is left in the group.
  }
}

function lowerPriority(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // Already gone, which `exited` tells, or this platform does not allow it.
  }
}

function answersOf(child: ChildProcess): Readable {
  const answers = child.stdio[ANSWERS_FD]
  return answers instanceof Readable ? answers : Readable.from([])
}

interface Tail {
  read(): Pick<Exit, 'isOutOfMemory' | 'lastWords'>
}

function openTail(child: ChildProcess): Tail {
  let text = ''
  let isOutOfMemory = false
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    isOutOfMemory ||= /\bout of memory\b/.test(text)
    text = text.slice(-STDERR_LIMIT)
  })
  return { read: () => ({ isOutOfMemory, lastWords: text.trim() }) }
}
