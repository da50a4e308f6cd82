import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** How a child ended. */
export interface ChildExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A program that a test started. */
export interface Child {
  readonly pid: number
  /** What was written to standard output and error so far, interleaved: its end, where that is more than some megabytes. */
  output(): string
  readonly exited: Promise<ChildExit>
  /** True until it exited. */
  running(): boolean
  kill(signal?: NodeJS.Signals): void
  /** Sends the signal (default SIGTERM), waits, and after five seconds kills for good. */
  stop(signal?: NodeJS.Signals): Promise<ChildExit>
}

const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** How a program is started. */
export interface ChildOptions {
  /** Beside this process's own environment. */
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Gets each complete line of standard output, however much there is. */
  readonly onLine?: (line: string) => void
}

/** Starts a program; it never outlives this process. */
export function startChild(command: string, args: readonly string[], options: ChildOptions = {}): Child {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
  })
  children.add(child)
  let text = ''
  const collect = (chunk: Buffer): void => {
    text += chunk.toString()
    if (text.length > 4_000_000) text = text.slice(-2_000_000)
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  if (options.onLine !== undefined) createInterface(child.stdout).on('line', options.onLine)
  const exited = new Promise<ChildExit>((resolve) => {
    child.on('error', (error) => {
      text += `\n${error.message}`
      resolve({ code: -1, signal: null })
    })
    child.on('close', (code, signal) => resolve({ code, signal }))
  })
  let running = true
  void exited.then(() => {
    running = false
    children.delete(child)
  })
  return {
    pid: child.pid ?? -1,
    output: () => text,
    exited,
    running: () => running,
    kill: (signal = 'SIGTERM') => void child.kill(signal),
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal)
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
      const exit = await exited
      clearTimeout(timer)
      return exit
    },
  }
}

/** Runs a program to its end. @returns its exit and all its output. */
export async function runChild(
  command: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<ChildExit & { readonly output: string }> {
  const child = startChild(command, args, options)
  const exit = await child.exited
  return { ...exit, output: child.output() }
}
