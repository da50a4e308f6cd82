import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { advertisedHost } from './advertised-host.ts'
import { describeConfig } from './fields.ts'
import { loadConfig } from './load.ts'

describe('settings', () => {
  let directory: string
  let file: string

  const write = (text: string): string => {
    writeFileSync(file, text)
    return file
  }
  const refusal = (sources: Parameters<typeof loadConfig>[0]): string => {
    try {
      loadConfig(sources)
    } catch (error) {
      expect(error).toMatchObject({ name: 'DependencyError', code: 'runtime.config.invalid' })
      return error instanceof Error ? error.message : ''
    }
    return 'nothing was refused'
  }

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-config-'))
    file = join(directory, 'sluice.yaml')
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  it('have defaults that work without any configuration', () => {
    expect(loadConfig()).toEqual({
      redis: {},
      dataDir: resolve('.sluice'),
      bind: '0.0.0.0',
      rtmp: { port: 1935, encryption: 'refuse', play: 'open' },
      rtmps: { port: 0, tls13: 'off' },
      rtmpt: { port: 0 },
      rtmpts: { port: 0 },
      origin: { port: 8080, tls: { port: 0 } },
      playback: {},
      control: { port: 8081 },
      feed: { port: 0 },
      metrics: { port: 0, bind: '127.0.0.1', streams: 500 },
      flv: { port: 0 },
      publish: {
        auth: 'key',
        login: { app: 'login', method: 'adobe' },
        webhook: { timeoutSeconds: 3, onFailure: 'refuse' },
      },
      ingest: { processes: 1, drainSeconds: 2 },
      limits: {
        connectionsPerAddress: 1000,
        playersPerAddress: 1000,
        newConnectionsPerAddress: 3000,
        refusedPublishesPerAddress: 60,
      },
      profile: 'default',
      segmentSeconds: 2,
      partMs: 250,
      windowSeconds: 60,
      reconnectSeconds: 30,
      keepEndedSeconds: 300,
      worker: { concurrency: 8, encoder: 'software', vaapiDevice: '/dev/dri/renderD128' },
      ffmpeg: 'ffmpeg',
      store: 'fs',
      memoryStoreMegabytes: 512,
      log: { level: 'info', format: 'json' },
    })
  })

  it('come from the file, then the environment, then flags', () => {
    write('rtmp:\n  port: 1\norigin:\n  port: 1\ncontrol:\n  port: 3\n')
    const config = loadConfig({
      file,
      env: { SLUICE_RTMP_PORT: '2', SLUICE_ORIGIN_PORT: '2', SLUICE_LOG_LEVEL: '' },
      flags: { 'rtmp-port': '4', logFormat: 'pretty', worker: undefined },
    })
    expect(config.rtmp.port).toBe(4)
    expect(config.origin.port).toBe(2)
    expect(config.control.port).toBe(3)
    expect(config.log).toEqual({ level: 'info', format: 'pretty' })
  })

  it('take the file that SLUICE_CONFIG names', () => {
    write('profile: source\n')
    expect(loadConfig({ env: { SLUICE_CONFIG: file } }).profile).toBe('source')
  })

  it('cannot be changed afterwards', () => {
    const config = loadConfig()
    expect(Object.isFrozen(config) && Object.isFrozen(config.rtmp)).toBe(true)
  })

  it('may leave out sections and be empty', () => {
    expect(loadConfig({ file: write('') }).rtmp.port).toBe(1935)
    expect(loadConfig({ file: write('rtmp:\nprofile:\n') }).profile).toBe('default')
  })

  it.each([
    [
      { env: { SLUICE_RTMP_PORT: '70000' } },
      'SLUICE_RTMP_PORT: 70000 is not allowed; allowed: a whole number from 0 to 65535',
    ],
    [{ env: { SLUICE_RTMP_PORT: 'abc' } }, 'SLUICE_RTMP_PORT: "abc" is not allowed'],
    [
      { env: { SLUICE_PUBLISH_AUTH: 'none' } },
      'SLUICE_PUBLISH_AUTH: "none" is not allowed; allowed: key, open',
    ],
    [
      { env: { SLUICE_REDIS_URL: 'localhost' } },
      'SLUICE_REDIS_URL: its value (hidden) is not allowed; allowed: redis://HOST:PORT',
    ],
    [
      { env: { SLUICE_CONTROL_TOKEN: 'short' } },
      'SLUICE_CONTROL_TOKEN: its value (hidden) is not allowed; allowed: at least 16',
    ],
    [
      { env: { SLUICE_PUBLISH_WEBHOOK_URL: 'https://user:password@example.org/' } },
      'SLUICE_PUBLISH_WEBHOOK_URL: its value (hidden) is not allowed; allowed: http://HOST/PATH',
    ],
    [
      { flags: { publishWebhookTimeoutSeconds: 9 } },
      '--publish-webhook-timeout-seconds: 9 is not allowed; allowed: a whole number from 1 to 8',
    ],
    [{ flags: { segmentSeconds: 1.5 } }, '--segment-seconds: 1.5 is not allowed'],
    [{ flags: { rtmpProt: 1 } }, 'there is no flag --rtmp-prot; did you mean --rtmp-port?'],
    [
      { flags: { windowSeconds: 8, segmentSeconds: 4 } },
      'windowSeconds: 8 is too short for segments of 4 seconds',
    ],
    [{ flags: { rtmpsPort: 1936, rtmptPort: 1936 } }, 'rtmps.port and rtmpt.port are both 1936'],
    [{ env: { SLUICE_RTMPS_CERT: 'cert.pem' } }, 'rtmps.cert and rtmps.key belong together'],
    [{ flags: { 'origin-tls-key': 'key.pem' } }, 'origin.tls.cert and origin.tls.key belong together'],
    [
      { flags: { feedPort: 1934, ingestProcesses: 2 } },
      'feed.port: each of 2 ingest.processes has one, 1934 to 1935; rtmp.port is one of them',
    ],
    [
      { flags: { feedPort: 65_535, ingestProcesses: 2 } },
      'feed.port: each of 2 ingest.processes has one, 65535 to 65536; the last possible one is 65535',
    ],
    [{ flags: { rtmpPort: 8080 } }, 'rtmp.port and origin.port are both 8080; they must differ'],
  ])('refuse %j', (sources, message) => {
    expect(refusal(sources)).toContain(message)
  })

  it.each([
    ['rtmp:\n  port: "x"\n', 'sluice.yaml: rtmp.port: "x" is not allowed'],
    ['rtmp:\n  prot: 1\n', 'sluice.yaml: there is no setting rtmp.prot; did you mean rtmp.port?'],
    ['prfile: source\n', 'there is no setting prfile; did you mean profile?'],
    ['rtmp: 1935\n', 'rtmp is a section, set for example rtmp.port'],
    ['- a\n', 'must be a list of settings'],
    ['profile:\n  a: 1\n', 'profile: {"a":1} is not allowed; allowed: default, source, none'],
  ])('refuse the file %j', (text, message) => {
    expect(refusal({ file: write(text) })).toContain(message)
  })

  describe('that are secrets', () => {
    const token = 'a-token-of-some-length'
    const secretFile = (text: string, name = 'secret'): string => {
      const path = join(directory, name)
      writeFileSync(path, text)
      return path
    }

    it.each(['', '\n', '\r\n'])('can be in files, which may end with %j', (end) => {
      const path = secretFile(`${token}${end}`)
      expect(loadConfig({ env: { SLUICE_CONTROL_TOKEN_FILE: path } }).control.token).toBe(token)
    })

    it('can all be in files, which every source can name', () => {
      const config = loadConfig({
        file: write(`publish:\n  webhook:\n    secretFile: ${secretFile(token)}\n`),
        flags: { redisUrlFile: secretFile('redis://redis\n', 'url') },
      })
      expect(config.redis.url).toBe('redis://redis')
      expect(config.publish.webhook.secret).toBe(token)
      const files = describeConfig().filter(({ key }) => key.endsWith('File'))
      expect(files.map(({ env }) => env)).toEqual(
        describeConfig()
          .filter(({ secret }) => secret)
          .map(({ env }) => `${env}_FILE`),
      )
    })

    it('come from the last source that says anything, as a value or a file', () => {
      const missing = join(directory, 'missing')
      const sources = { file: write(`control:\n  tokenFile: ${missing}\n`) }
      expect(loadConfig({ ...sources, env: { SLUICE_CONTROL_TOKEN: token } }).control.token).toBe(token)
      const later = { SLUICE_CONTROL_TOKEN: 'this is not what is wanted', SLUICE_CONTROL_TOKEN_FILE: '' }
      expect(
        loadConfig({ ...sources, env: later, flags: { 'control-token-file': secretFile(token) } }).control
          .token,
      ).toBe(token)
    })

    it.each([
      ['a missing file', () => join(directory, 'missing'), /missing cannot be read \(ENOENT.*put the secret/],
      ['a folder', () => directory, /is a folder: put a file/],
      ['an empty file', () => secretFile('\n'), /secret is empty: put the secret there/],
      ['what is not allowed', () => secretFile('short\n'), /\(hidden\) is not allowed; allowed: at least 16/],
    ])('are refused with the name of the setting: %s', (_, path, message) => {
      const refused = refusal({ env: { SLUICE_CONTROL_TOKEN_FILE: path() } })
      expect(refused).toMatch(/^SLUICE_CONTROL_TOKEN_FILE: /)
      expect(refused).toMatch(message)
      expect(refused).not.toContain('short')
    })

    it('are refused as a value and a file at once', () => {
      const env = { SLUICE_CONTROL_TOKEN: token, SLUICE_CONTROL_TOKEN_FILE: secretFile(token) }
      expect(refusal({ env })).toBe(
        'SLUICE_CONTROL_TOKEN and SLUICE_CONTROL_TOKEN_FILE are both set; set one of them',
      )
    })
  })

  it('name every fault at once', () => {
    const message = refusal({ env: { SLUICE_RTMP_PORT: 'a', SLUICE_ORIGIN_PORT: 'b' } })
    expect(message.split('\n')).toHaveLength(2)
  })

  it('report a file that is missing or no YAML', () => {
    expect(() => loadConfig({ file: join(directory, 'none.yaml') })).toThrow(/there is no configuration file/)
    expect(() => loadConfig({ file: write('a: [') })).toThrow(/cannot be read/)
  })

  it('warn of variables that are no setting, with the nearest name', () => {
    const warnings: string[] = []
    loadConfig({
      env: { SLUICE_RMTP_PORT: '1', SLUICE_SERVICE_HOST: 'x', HOME: '/root' },
      warn: (message) => warnings.push(message),
    })
    expect(warnings).toEqual([
      'SLUICE_RMTP_PORT is no setting; did you mean SLUICE_RTMP_PORT?',
      'SLUICE_SERVICE_HOST is no setting',
    ])
  })

  it('describe themselves', () => {
    const fields = describeConfig()
    expect(fields.every((field) => field.description !== '' && field.allowed !== '')).toBe(true)
    expect(fields.find((field) => field.key === 'control.token')).toMatchObject({
      env: 'SLUICE_CONTROL_TOKEN',
      flag: 'control-token',
      default: undefined,
      secret: true,
    })
    expect(fields.map((field) => field.env)).toContain('SLUICE_KEEP_ENDED_SECONDS')
  })
})

describe('the advertised host', () => {
  it.each([
    [{ bind: '0.0.0.0', advertiseHost: 'ingest-1' }, 'ingest-1'],
    [{ bind: '10.0.0.1' }, '10.0.0.1'],
    [{ bind: '::' }, hostname()],
    [{ bind: 'fd00::1' }, '[fd00::1]'],
  ])('of %j', (config, host) => {
    expect(advertisedHost(config)).toBe(host)
  })
})
