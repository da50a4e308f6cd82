import { errorMessage, SluiceError } from '@sluice/core'
import { type Config, describeConfig, loadConfig } from '@sluice/runtime'
import { Command, CommanderError } from 'commander'
import { type Role, runDemo, runRole } from './run-role.ts'
import { version } from './version.ts'

const ROLES: Readonly<Record<Role, string>> = {
  ingest: 'take RTMP from publishers, keep the clock of each stream, feed workers',
  worker: 'take jobs, run ffmpeg, package renditions',
  origin: 'serve playlists, manifests, segments and the watch page',
  control: 'serve the operator API',
}

/**
 * Runs the `sluice` command.
 *
 * @param args - without the program's name.
 * @returns the exit code: 0, 1 for a failure that was explained, 2 for a wrong command line.
 */
export async function main(args: readonly string[]): Promise<number> {
  let code = 0
  const program = new Command('sluice')
    .description('RTMP in; an adaptive ladder of HLS and DASH out.')
    .version(version(), '-V, --version')
    .exitOverride()
  const up = command(
    program,
    'up',
    'run every role in this process, with a private Redis unless one is named',
  )
  up.option('--demo', 'also publish a moving test card with a clock and a tone')
  up.action(async (flags: Flags) => {
    const { demo, ...settings } = flags
    code = await run(settings, async (config) =>
      (await import('./up.ts')).runUp(config, { demo: demo === true }),
    )
  })
  for (const [role, description] of Object.entries(ROLES) as [Role, string][]) {
    const started = command(program, role, description)
    if (role === 'ingest') started.option('--processes <value>', 'short for --ingest-processes')
    started.action(async ({ processes, ...flags }: Flags) => {
      const settings = processes === undefined ? flags : { ...flags, ingestProcesses: processes }
      code = await run(settings, (config) => runRole(role, config))
    })
  }
  const demo = command(program, 'demo', 'publish a moving test card with a clock and a tone to an ingest')
  demo.option('--to <address>', 'address of the ingest, with its application', 'rtmp://127.0.0.1:1935/live')
  demo.action(async ({ to, ...flags }: Flags) => {
    code = await run(flags, (config) => runDemo(String(to), config))
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? 0 : 2
  }
  return code
}

type Flags = Record<string, string | boolean | undefined>

function command(program: Command, name: string, description: string): Command {
  const added = program.command(name).description(description).version(version(), '-V, --version')
  added.option('--config <file>', 'configuration file (default: sluice.yaml, where there is one)')
  for (const field of describeConfig()) {
    const value = field.default === undefined ? '' : `, default ${field.default}`
    added.option(`--${field.flag} <value>`, `${field.description} (${field.env}${value})`)
  }
  return added
}

async function run(flags: Flags, action: (config: Config) => Promise<void>): Promise<number> {
  try {
    const { config: file, ...settings } = flags as Record<string, string | undefined>
    const config = loadConfig({
      ...(file === undefined ? {} : { file }),
      env: process.env,
      flags: settings,
      warn: (message) => process.stderr.write(`sluice: ${message}\n`),
    })
    await action(config)
    return 0
  } catch (error) {
    // A declared error explains itself; anything else is a bug and deserves its stack.
    const text =
      error instanceof SluiceError
        ? errorMessage(error)
        : error instanceof Error
          ? error.stack
          : String(error)
    process.stderr.write(`sluice: ${text}\n`)
    return 1
  }
}
