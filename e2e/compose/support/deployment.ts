import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, runChild } from '@sluice/testkit'
import { requestApi } from '../../support/request-api.ts'

const ROOT = new URL('../../../', import.meta.url).pathname
const PROJECT = 'sluice-test'

/** A container as `docker inspect` shows it, as far as tests look. */
export interface Container {
  readonly Id: string
  readonly Image: string
  readonly State: { readonly Running: boolean; readonly Health?: { readonly Status: string } }
  readonly Config: {
    readonly Hostname: string
    readonly User: string
    readonly Image: string
    readonly Labels: Readonly<Record<string, string>>
  }
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean
    readonly CapDrop: readonly string[] | null
    readonly CapAdd: readonly string[] | null
    readonly SecurityOpt: readonly string[] | null
    readonly Memory: number
    readonly PidsLimit: number
    readonly Privileged: boolean
    readonly Init: boolean
    readonly LogConfig: { readonly Config: Readonly<Record<string, string>> }
    readonly PortBindings: Readonly<Record<string, unknown>>
  }
}

/** docker-compose.yml as it is shipped, under another name, with images and ports of its own. */
export class Deployment {
  readonly #env: Record<string, string>
  readonly #folder: string
  #token: string | undefined

  private constructor(folder: string, env: Record<string, string>) {
    this.#folder = folder
    this.#env = env
  }

  /** Starts nothing yet. @param settings - what stands in `.env` besides: `SLUICE_…`. */
  static async prepare(settings: Readonly<Record<string, string>>): Promise<Deployment> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-compose-'))
    const envFile = join(folder, 'env')
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`)
    await writeFile(envFile, lines.join(''))
    const here = async (): Promise<string> => `127.0.0.1:${await freePort()}`
    const addresses = {
      RTMP_ADDRESS: await here(),
      RTMPS_ADDRESS: await here(),
      HTTP_ADDRESS: await here(),
      HTTPS_ADDRESS: await here(),
      OPERATOR_ADDRESS: await here(),
    }
    return new Deployment(folder, { ...addresses, TAG: 'test', ENV_FILE: envFile })
  }

  /** `rtmp://HOST:PORT/live` */
  get rtmp(): string {
    return `rtmp://${this.#env.RTMP_ADDRESS}/live`
  }

  /** The edge, by HTTP and by HTTPS. */
  get edge(): { readonly http: string; readonly https: string } {
    return { http: `http://${this.#env.HTTP_ADDRESS}`, https: `https://${this.#env.HTTPS_ADDRESS}` }
  }

  /** The operator API, through the edge. */
  get control(): string {
    return `http://${this.#env.OPERATOR_ADDRESS}`
  }

  /** Runs `docker compose`. @returns what it printed, standard error too. @throws {Error} with it when it fails. */
  async compose(...args: string[]): Promise<string> {
    const { code, output } = await this.tryCompose(...args)
    if (code !== 0) throw new Error(`docker compose ${args.join(' ')}: exit ${code}\n${output}`)
    return output
  }

  /** The same, where failing is what is looked at. */
  tryCompose(...args: string[]): Promise<{ readonly code: number | null; readonly output: string }> {
    const project = ['compose', '--progress', 'plain', '--project-name', PROJECT]
    return runChild('docker', [...project, ...args], { cwd: ROOT, env: this.#env })
  }

  /** Brings it up, or up to date, and waits until all of it is healthy. */
  async up(options: { readonly scale?: readonly string[]; readonly revision?: string } = {}): Promise<void> {
    this.#env.REVISION = options.revision ?? this.#env.REVISION ?? 'first'
    const scale = (options.scale ?? []).flatMap((each) => ['--scale', each])
    const up = ['up', '--detach', '--build', '--wait', '--wait-timeout', '180', ...scale]
    const { code, output } = await this.tryCompose(...up)
    if (code === 0) return
    const logs = await this.compose('logs', '--no-color', '--tail', '20')
    throw new Error(`docker compose up: exit ${code}\n${output.slice(-2_000)}\n${logs}`)
  }

  /**
   * Starts another Redis beside the deployment's own, without a password, that keeps nothing; it goes when all of it goes.
   *
   * @param settings - what it is told besides.
   * @returns the host under which roles reach it.
   */
  async runRedis(...settings: string[]): Promise<string> {
    const name = `${PROJECT}-other-redis`
    const run = ['run', '--detach', '--no-deps', '--name', name, 'redis']
    await this.compose(...run, 'redis-server', '--save', '', '--protected-mode', 'no', ...settings)
    return name
  }

  /** Removes a container that was started beside the services, at once. */
  async discard(name: string): Promise<void> {
    await runChild('docker', ['rm', '--force', '--volumes', name])
  }

  /** The running containers of a service, or of all. */
  async containers(service?: string): Promise<Container[]> {
    const ids = await this.compose('ps', '--quiet', ...(service === undefined ? [] : [service]))
    return this.inspect(...ids.split('\n').filter((line) => /^[0-9a-f]{64}$/.test(line)))
  }

  async inspect(...ids: string[]): Promise<Container[]> {
    const { code, output } = await runChild('docker', ['inspect', ...ids])
    if (code !== 0) throw new Error(output)
    return JSON.parse(output)
  }

  /** Ends the program of a container as a crash does: from within, without a word. */
  async crash({ Id }: Container): Promise<void> {
    const kill = `for (const pid of require('fs').readdirSync('/proc')) try {
      if (pid > 1 && pid != process.pid && require('fs').readFileSync('/proc/' + pid + '/cmdline', 'utf8').includes('main.js')) process.kill(pid, 'SIGKILL')
    } catch {}`
    await runChild('docker', ['exec', Id, 'node', '-e', kill])
  }

  /** Asks the operator API with the token that the deployment made for itself. */
  async api<T>(method: string, path: string, body?: unknown, status?: number): Promise<T> {
    this.#token ??= (
      await this.compose('exec', '--no-TTY', 'control', 'cat', '/var/lib/sluice/control-token')
    ).trim()
    return requestApi({ address: this.control, token: this.#token }, method, path, body, status)
  }

  /** Takes everything away, with its data; images stay, for the next time. */
  async down(): Promise<void> {
    await this.compose('--profile', '*', 'down', '--volumes', '--remove-orphans', '--timeout', '10')
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** What there still is of it: containers, volumes, networks. */
  async leftovers(): Promise<string[]> {
    const label = ['--quiet', '--filter', `label=com.docker.compose.project=${PROJECT}`]
    const lists = [
      ['ps', '--all', ...label],
      ['volume', 'ls', ...label],
      ['network', 'ls', ...label],
    ]
    const found = await Promise.all(lists.map((list) => runChild('docker', list)))
    return found.flatMap(({ output }) => output.split('\n').filter((line) => line !== ''))
  }
}
