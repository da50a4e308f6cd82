import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { setPriority } from 'node:os'
import { Readable, Writable } from 'node:stream'
import { killAtExit } from './living.ts'

/** How a child process ended. `spawnError` is set when it never ran. */
export interface ChildEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly spawnError: Error | undefined
}

/** What a child process is started with. */
export interface ChildOptions {
  /** Pipes beyond stdin, stdout and stderr: file descriptors 3, 4, … */
  readonly extraFds: number
  /** Added to this process's environment. */
  readonly env: Readonly<Record<string, string>>
  /** Scheduling priority from 0 (normal) to 19 (only what others leave). */
  readonly niceness: number
}

/** A running process, or one that could not be started: its streams then are empty and `ended` says why. */
export interface Child {
  readonly pid: number | undefined
  /** Never raises `error`: what is written to a process that is gone is lost. */
  readonly stdin: Writable
  readonly stderr: Readable
  /** File descriptors 3, 4, … Each must be read, or the process stops at a full pipe. */
  readonly extra: readonly Readable[]
  /** Settles when the process is gone; never rejects. The streams may still hold what it wrote. */
  readonly ended: Promise<ChildEnd>
  /** False when it is already gone. */
  kill(signal: NodeJS.Signals): boolean
}

/**
 * Starts a process. Never throws and never raises an event nobody listens to, whatever fails: a missing or
 * forbidden binary, no free file descriptors or processes.
 */
export function startChild(binary: string, args: readonly string[], options: ChildOptions): Child {
  const spawned = trySpawn(binary, args, {
    stdio: ['pipe', 'ignore', 'pipe', ...Array.from({ length: options.extraFds }, () => 'pipe' as const)],
    env: { ...process.env, ...options.env },
    windowsHide: true,
    // A process group of its own: Ctrl-C in a terminal reaches us alone, and we end it in order.
    detached: process.platform !== 'win32',
  })
  if (spawned instanceof Error) return notStarted(Promise.resolve(spawned), options.extraFds)
  if (spawned.pid === undefined) {
    const failure = new Promise<Error>((resolve) => spawned.once('error', resolve))
    return notStarted(failure, options.extraFds)
  }
  lowerPriority(spawned.pid, options.niceness)
  const [stdin, , stderr, ...extra] = spawned.stdio
  for (const stream of spawned.stdio) stream?.on('error', ignore)
  // Raised when a signal cannot be sent; `kill` answers false then.
  spawned.on('error', ignore)
  const release = killAtExit(spawned)
  const ended = new Promise<ChildEnd>((resolve) => {
    spawned.once('exit', (code, signal) => {
      release()
      resolve({ code, signal, spawnError: undefined })
    })
  })
  return {
    pid: spawned.pid,
    stdin: stdin instanceof Writable ? stdin : discard(),
    stderr: readable(stderr),
    extra: extra.map(readable),
    ended,
    kill: (signal) => spawned.kill(signal),
  }
}

/** `spawn` reports some failures by throwing, others by an event. */
function trySpawn(binary: string, args: readonly string[], options: SpawnOptions): ChildProcess | Error {
  try {
    return spawn(binary, args, options)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function notStarted(failure: Promise<Error>, extraFds: number): Child {
  return {
    pid: undefined,
    stdin: discard(),
    stderr: Readable.from([]),
    extra: Array.from({ length: extraFds }, () => Readable.from([])),
    ended: failure.then((spawnError) => ({ code: null, signal: null, spawnError })),
    kill: () => false,
  }
}

/** The process may be gone already, or the system may not let us: it then runs at normal priority. */
function lowerPriority(pid: number, niceness: number): void {
  if (niceness === 0) return
  try {
    setPriority(pid, niceness)
  } catch {
    return
  }
}

function readable(stream: Readable | Writable | null | undefined): Readable {
  return stream instanceof Readable ? stream : Readable.from([])
}

function discard(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() })
}

/** EPIPE and ECONNRESET: the process is gone, which `ended` tells. */
function ignore(): void {}
