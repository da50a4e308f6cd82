/**
 * Why an ffmpeg process is gone.
 *
 * - `finished`: its input ended and everything was written.
 * - `stopped`: our own `stop()`, whichever step of it worked.
 * - `killed`: a signal we did not send; SIGKILL is often the kernel short of memory.
 * - `input-invalid`: it cannot make sense of the source, or a track the plan needs is not in it.
 * - `encoder-missing`: its build lacks an encoder or a filter the plan needs.
 * - `option-rejected`: it does not take the arguments, so its version is not one we know.
 * - `output-closed`: nobody reads a rung's pipe any more.
 * - `out-of-memory`: it could not allocate.
 * - `spawn-failed`: it never ran; `message` says why.
 * - `crashed`: a fault of its own (segmentation fault, abort).
 * - `failed`: any other exit code; the tail of its log tells.
 */
export type ExitCause =
  | 'finished'
  | 'stopped'
  | 'killed'
  | 'input-invalid'
  | 'encoder-missing'
  | 'option-rejected'
  | 'output-closed'
  | 'out-of-memory'
  | 'spawn-failed'
  | 'crashed'
  | 'failed'

/** How a process ended. */
export interface ExitReport {
  readonly cause: ExitCause
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** One line for people. */
  readonly message: string
  /** Its last log lines, oldest first. */
  readonly stderrTail: readonly string[]
}

/** What is known when a process is gone. */
export interface ExitFacts {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Set when the process never ran. */
  readonly spawnError: Error | undefined
  /** True when `stop()` was called before it ended. */
  readonly stopped: boolean
  readonly stderrTail: readonly string[]
}

const FAULTS: ReadonlySet<string> = new Set([
  'SIGSEGV',
  'SIGABRT',
  'SIGBUS',
  'SIGILL',
  'SIGFPE',
  'SIGTRAP',
  'SIGSYS',
])

/** What ffmpeg 5.1 to 9.0 say; the first that is found in the tail counts. */
const SYMPTOMS: readonly { readonly cause: ExitCause; readonly says: RegExp }[] = [
  { cause: 'out-of-memory', says: /Cannot allocate memory|malloc of size \d+ failed/ },
  { cause: 'encoder-missing', says: /Unknown encoder|Encoder not found|No such filter|Filter not found/ },
  {
    cause: 'option-rejected',
    says: /Unrecognized option|Option not found|Error splitting the argument list|Error parsing option|Unable to parse option/,
  },
  { cause: 'output-closed', says: /Broken pipe|Connection reset by peer/ },
  {
    cause: 'input-invalid',
    says: /(?:^pipe:0|Error opening input).*: Invalid data found|could not find codec parameters$|matches no streams|Cannot determine format of input|Decoder .*not found|Unknown decoder/,
  },
]

/** Names the cause of an end from what is known. Pure. */
export function exitReport(facts: ExitFacts): ExitReport {
  const { code, signal, spawnError, stderrTail } = facts
  const cause = causeOf(facts)
  const said = stderrTail.find((line) =>
    SYMPTOMS.some((symptom) => symptom.cause === cause && symptom.says.test(line)),
  )
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`
  const why = spawnError?.message ?? said ?? stderrTail.at(-1)
  const quiet = cause === 'finished' || cause === 'stopped' || why === undefined
  return { cause, code, signal, stderrTail, message: `ffmpeg ${cause}, ${how}${quiet ? '' : `: ${why}`}` }
}

function causeOf({ code, signal, spawnError, stopped, stderrTail }: ExitFacts): ExitCause {
  if (spawnError) return 'spawn-failed'
  if (stopped) return 'stopped'
  if (signal !== null) return FAULTS.has(signal) ? 'crashed' : 'killed'
  const symptom = SYMPTOMS.find(({ says }) => stderrTail.some((line) => says.test(line)))
  if (code === 0) return symptom?.cause === 'output-closed' ? 'output-closed' : 'finished'
  return symptom?.cause ?? 'failed'
}
