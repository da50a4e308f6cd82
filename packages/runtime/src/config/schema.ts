import Type from 'typebox'

/** Every setting, checked, with defaults filled in. Sections and names are those of `sluice.yaml`. */
export interface Config {
  readonly redis: { readonly url?: string }
  /** Absolute. */
  readonly dataDir: string
  readonly bind: string
  readonly advertiseHost?: string
  readonly rtmp: {
    readonly port: number
    readonly encryption: 'refuse' | 'accept'
    readonly play: 'open' | 'off'
  }
  readonly rtmps: {
    readonly port: number
    readonly cert?: string
    readonly key?: string
    readonly tls13: 'off' | 'on'
  }
  readonly rtmpt: { readonly port: number }
  readonly rtmpts: { readonly port: number }
  readonly origin: {
    readonly port: number
    readonly url?: string
    readonly tls: { readonly port: number; readonly cert?: string; readonly key?: string }
    readonly trustedProxies?: string
  }
  readonly playback: { readonly secrets?: string }
  readonly control: { readonly port: number; readonly token?: string }
  readonly feed: { readonly port: number }
  readonly metrics: { readonly port: number; readonly bind: string; readonly streams: number }
  readonly flv: { readonly port: number }
  readonly publish: {
    readonly auth: 'key' | 'open'
    readonly login: { readonly app: string; readonly method: 'adobe' | 'llnw' }
    readonly webhook: {
      readonly url?: string
      readonly secret?: string
      readonly timeoutSeconds: number
      readonly onFailure: 'refuse' | 'accept'
    }
  }
  readonly ingest: { readonly processes: number; readonly drainSeconds: number }
  readonly limits: {
    readonly connectionsPerAddress: number
    readonly playersPerAddress: number
    readonly newConnectionsPerAddress: number
    readonly refusedPublishesPerAddress: number
  }
  readonly profile: 'default' | 'source' | 'none'
  readonly segmentSeconds: number
  readonly partMs: number
  readonly windowSeconds: number
  readonly reconnectSeconds: number
  readonly keepEndedSeconds: number
  readonly worker: {
    readonly concurrency: number
    readonly encoder: 'software' | 'nvenc' | 'vaapi'
    readonly vaapiDevice: string
  }
  readonly ffmpeg: string
  readonly store: 'fs' | 'memory'
  readonly memoryStoreMegabytes: number
  readonly log: {
    readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
    readonly format: 'json' | 'pretty'
  }
}

const port = (value: number, description: string) =>
  Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: value,
    description: `${description}; 0: any free one`,
  })

const limit = (value: number, description: string) =>
  Type.Integer({
    minimum: 0,
    maximum: 1_000_000,
    default: value,
    description: `most ${description}; 0: no limit; an IPv6 address counts as its /64 network`,
  })

const optionalPort = (description: string) =>
  Type.Integer({ minimum: 0, maximum: 65_535, default: 0, description: `${description}; 0: none` })

const choice = <const T extends string>(values: readonly T[], value: T, description: string) =>
  Type.Union(
    values.map((each) => Type.Literal(each)),
    { default: value, description },
  ) as unknown as Type.TUnsafe<T>

const certificateFile = () =>
  Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'PEM file of the certificate and its chain, read again when it changes; unset: a self-signed one is made and kept in dataDir',
    }),
  )

const keyFile = (certificate: string) =>
  Type.Optional(
    Type.String({ minLength: 1, description: `PEM file of the private key that belongs to ${certificate}` }),
  )

const closed = { additionalProperties: false }

/**
 * The one schema of all settings. Leaves carry `description` and `default` for the help and the guide;
 * `allowed` names what a pattern wants in words, `secret` keeps a value out of messages.
 */
export const configSchema: Type.TUnsafe<Config> = Type.Unsafe<Config>(
  Type.Object(
    {
      redis: Type.Object(
        {
          url: Type.Optional(
            Type.String({
              pattern: '^(rediss?://|unix:///).+',
              allowed: 'redis://HOST:PORT, rediss://HOST:PORT or unix:///PATH',
              secret: true,
              description: 'Redis or Valkey that all roles share; unset: a private one below dataDir',
            }),
          ),
        },
        closed,
      ),
      dataDir: Type.String({
        minLength: 1,
        default: './.sluice',
        description: 'folder for segments, the private Redis and the operator token',
      }),
      bind: Type.String({
        pattern: '^[0-9A-Fa-f.:]+$',
        allowed: 'an IP address, such as 0.0.0.0, :: or 127.0.0.1',
        default: '0.0.0.0',
        description: 'address that every role listens on',
      }),
      advertiseHost: Type.Optional(
        Type.String({
          minLength: 1,
          description:
            'host under which other roles reach this one; unset: bind if specific, else the host name',
        }),
      ),
      rtmp: Type.Object(
        {
          port: port(1935, 'port for publishers'),
          encryption: choice(
            ['refuse', 'accept'],
            'refuse',
            'what becomes of publishers that want RTMPE, which hides a stream from a glance and protects nothing',
          ),
          play: choice(
            ['open', 'off'],
            'open',
            'open: who knows the name of a stream may play it from the ingest, by RTMP in all its forms and by FLV where flv.port is set; off: nobody',
          ),
        },
        closed,
      ),
      rtmps: Type.Object(
        {
          port: optionalPort('port for publishers that speak RTMP over TLS'),
          cert: certificateFile(),
          key: keyFile('rtmps.cert'),
          tls13: choice(
            ['off', 'on'],
            'off',
            'offer TLS 1.3 beside 1.2; programs built on librtmp cannot publish with it',
          ),
        },
        closed,
      ),
      rtmpt: Type.Object({ port: optionalPort('port for publishers that tunnel RTMP through HTTP') }, closed),
      rtmpts: Type.Object(
        {
          port: optionalPort(
            'port for publishers that tunnel RTMP through HTTPS, with the certificate of rtmps',
          ),
        },
        closed,
      ),
      origin: Type.Object(
        {
          port: port(8080, 'HTTP port for viewers'),
          url: Type.Optional(
            Type.String({
              pattern: '^https?://[^/]+',
              allowed: 'http://HOST or https://HOST, with a port or path where needed',
              description:
                'address of the origin as viewers see it, for links; unset: made from host and port',
            }),
          ),
          tls: Type.Object(
            {
              port: optionalPort('HTTPS port for viewers, with HTTP/2 and HTTP/1.1'),
              cert: certificateFile(),
              key: keyFile('origin.tls.cert'),
            },
            closed,
          ),
          trustedProxies: Type.Optional(
            Type.String({
              pattern: '^[0-9A-Fa-f.:/]+(, *[0-9A-Fa-f.:/]+)*$',
              allowed: 'addresses and ranges such as 192.0.2.1,10.0.0.0/8',
              description:
                'edges whose X-Forwarded-For says who a viewer is, with commas between them; unset: nobody',
            }),
          ),
        },
        closed,
      ),
      control: Type.Object(
        {
          port: port(8081, 'HTTP port of the operator API'),
          token: Type.Optional(
            Type.String({
              minLength: 16,
              allowed: 'at least 16 characters',
              secret: true,
              description: 'operator token of the API; unset: one is made and kept in dataDir',
            }),
          ),
        },
        closed,
      ),
      playback: Type.Object(
        {
          secrets: Type.Optional(
            Type.String({
              pattern: '^[A-Za-z0-9_-]{1,16}:[^\\s,]{16,}(,[A-Za-z0-9_-]{1,16}:[^\\s,]{16,})*$',
              allowed: 'ID:SECRET, with a secret of at least 16 characters; several with commas between them',
              secret: true,
              description:
                'secrets of playback tokens: the first signs, all count; unset: viewers need no token',
            }),
          ),
        },
        closed,
      ),
      feed: Type.Object({ port: port(0, 'HTTP port on which the ingest feeds workers') }, closed),
      metrics: Type.Object(
        {
          port: optionalPort(
            'HTTP port of each process for /metrics, /healthz and /readyz, which is nothing for viewers',
          ),
          bind: Type.String({
            pattern: '^[0-9A-Fa-f.:]+$',
            allowed: 'an IP address, such as 127.0.0.1, 0.0.0.0 or ::',
            default: '127.0.0.1',
            description:
              'address that this port is on; anything else than this machine’s own belongs behind a firewall',
          }),
          streams: Type.Integer({
            minimum: 0,
            maximum: 100_000,
            default: 500,
            description:
              'streams on air that have series of their own, in each process; the others are in the sums alone',
          }),
        },
        closed,
      ),
      flv: Type.Object(
        { port: optionalPort('HTTP port for players of FLV on the ingest, by HTTP and by WebSocket') },
        closed,
      ),
      publish: Type.Object(
        {
          auth: choice(
            ['key', 'open'],
            'key',
            'key: a publisher needs a stream key, a signed name, or a user and a password; open: any stream name may be published',
          ),
          login: Type.Object(
            {
              app: Type.String({
                pattern: '^[A-Za-z0-9_-]{1,50}$',
                allowed: '1 to 50 letters, digits, _ and -',
                default: 'login',
                description:
                  'application whose clients are asked for a user and a password, as in rtmp://HOST/login; live asks everybody there, and keys then work under other names',
              }),
              method: choice(
                ['adobe', 'llnw'],
                'adobe',
                'how they are asked first; a client may choose the other method',
              ),
            },
            closed,
          ),
          webhook: Type.Object(
            {
              url: Type.Optional(
                Type.String({
                  pattern: '^https?://[^/@\\s]+(/[^\\s#]*)?$',
                  allowed: 'http://HOST/PATH or https://HOST/PATH, without user and password',
                  secret: true,
                  description: 'address that is asked before each publish; unset: nobody is asked',
                }),
              ),
              secret: Type.Optional(
                Type.String({
                  minLength: 16,
                  allowed: 'at least 16 characters',
                  secret: true,
                  description: 'secret that signs what the webhook is sent; unset: nothing is signed',
                }),
              ),
              timeoutSeconds: Type.Integer({
                minimum: 1,
                maximum: 8,
                default: 3,
                description: 'how long the webhook may take; the publisher waits as long',
              }),
              onFailure: choice(
                ['refuse', 'accept'],
                'refuse',
                'what becomes of a publish when the webhook gives no usable answer',
              ),
            },
            closed,
          ),
        },
        closed,
      ),
      ingest: Type.Object(
        {
          processes: Type.Integer({
            minimum: 1,
            maximum: 64,
            default: 1,
            description: 'processes of an ingest, which share its ports; several use several cores',
          }),
          drainSeconds: Type.Integer({
            minimum: 0,
            maximum: 300,
            default: 2,
            description:
              'how long an ingest that is stopped waits for publishers that it could ask to reconnect; 0: nobody is asked',
          }),
        },
        closed,
      ),
      limits: Type.Object(
        {
          connectionsPerAddress: limit(1000, 'publishers’ connections of one address at a time'),
          playersPerAddress: limit(
            1000,
            'players of one address at a time, by RTMP and HTTP; a connection that plays is no publisher’s any more',
          ),
          newConnectionsPerAddress: limit(
            3000,
            'connections accepted of one address in a minute, whatever they come for',
          ),
          refusedPublishesPerAddress: limit(
            60,
            'refused publishes of one address in a minute, after which it is not listened to for a while',
          ),
        },
        closed,
      ),
      profile: choice(
        ['default', 'source', 'none'],
        'default',
        'ladder of streams made without one: default (transcoded rungs), source (no transcoding), none (no packaging)',
      ),
      segmentSeconds: Type.Integer({
        minimum: 1,
        maximum: 10,
        default: 2,
        description: 'length of a segment; shorter starts faster, longer compresses and caches better',
      }),
      partMs: Type.Integer({
        minimum: 100,
        maximum: 1000,
        default: 250,
        description: 'length of a low-latency part in milliseconds; latency is about three parts',
      }),
      windowSeconds: Type.Integer({
        minimum: 6,
        maximum: 21_600,
        default: 60,
        description:
          'how far back a viewer of a live stream can seek, where the stream has no setting of its own; disk is needed for twice that',
      }),
      reconnectSeconds: Type.Integer({
        minimum: 0,
        maximum: 3600,
        default: 30,
        description: 'how long a broadcast waits for its publisher to come back',
      }),
      keepEndedSeconds: Type.Integer({
        minimum: 0,
        maximum: 604_800,
        default: 300,
        description:
          'how long an ended broadcast stays playable; at least as long as viewers can seek back in it',
      }),
      worker: Type.Object(
        {
          concurrency: Type.Integer({
            minimum: 1,
            maximum: 1000,
            default: 8,
            description: 'streams that one worker handles at a time',
          }),
          encoder: choice(
            ['software', 'nvenc', 'vaapi'],
            'software',
            'what encodes the pictures of ladders: the processor, an NVIDIA GPU, or an Intel or AMD GPU; a GPU is tried at start, and nothing else takes its place',
          ),
          vaapiDevice: Type.String({
            pattern: '^/[^\\s,:]+$',
            allowed: 'the path of a device, without comma and colon',
            default: '/dev/dri/renderD128',
            description: 'device of the GPU for vaapi',
          }),
        },
        closed,
      ),
      ffmpeg: Type.String({
        minLength: 1,
        default: 'ffmpeg',
        description: 'ffmpeg program: a name or a path',
      }),
      store: choice(
        ['fs', 'memory'],
        'fs',
        'where segments live: fs (below dataDir) or memory (origin and worker in one process)',
      ),
      memoryStoreMegabytes: Type.Integer({
        minimum: 16,
        maximum: 1_000_000,
        default: 512,
        description: 'most memory the memory store takes',
      }),
      log: Type.Object(
        {
          level: choice(
            ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
            'info',
            'least severity that is logged',
          ),
          format: choice(['json', 'pretty'], 'json', 'json: one object a line; pretty: for people'),
        },
        closed,
      ),
    },
    closed,
  ),
)
