import { execFile } from 'node:child_process'
import { access, constants, stat } from 'node:fs/promises'
import { FragmentedMp4Reader } from '@sluice/cmaf'
import { DependencyError, errorMessage, millis } from '@sluice/core'
import type { VideoRung } from '@sluice/ladder'
import { commandLine, type FfmpegArguments } from '../arguments/ffmpeg-arguments.ts'
import { videoArguments, videoFilters } from '../arguments/video-arguments.ts'
import { deviceArguments, encoderName, type VideoEncoder } from '../arguments/video-encoder.ts'
import { MessageParser } from '../output/message.ts'
import type { FfmpegCapabilities } from './probe.ts'

/** Frames of the trial; each is to be a keyframe. */
const FRAMES = 8

/** Milliseconds that the trial may take: a GPU that slept needs some seconds. */
const PATIENCE = 30_000

/** Linux' number of the kind of device that GPUs are: their nodes below /dev/dri. */
const DRM_MAJOR = 226

const RUNG: VideoRung = {
  id: 'trial',
  width: 640,
  height: 360,
  frameRate: 30,
  maxFrameRate: undefined,
  codec: 'h264',
  profile: 'high',
  level: 30,
  codecString: 'avc1.64001e',
  bitrate: 800_000,
  maxrate: 856_000,
  bufsize: 1_200_000,
  preset: 'veryfast',
  cost: 0,
}

/** What to do about a device that is not there, and about ffmpeg's failure. */
const DEVICE_ADVICE =
  'pass the render device of the GPU in, and name it in SLUICE_WORKER_VAAPI_DEVICE (docker compose: GPU_DEVICE alone)'

const DRIVER_ADVICE: { readonly [kind in VideoEncoder['kind']]: string } = {
  software: 'install an ffmpeg with libx264',
  nvenc:
    'install NVIDIA’s driver, and for a container its container toolkit (docker compose: GPU_RUNTIME=nvidia)',
  vaapi: 'install the VAAPI driver of the GPU, such as intel-media-va-driver or mesa-va-drivers',
}

/**
 * Has an encoder encode a few frames with the options of a rung, and reads them as a worker does: its init segment has to be
 * there before the first frame, and every frame that is to be a keyframe has to be one, or segments could not begin there.
 *
 * @throws {DependencyError} `ffmpeg.encoder_unusable`; the message says what is wrong and what to do.
 */
export async function proveEncoder(
  { binary, version, encoders }: Pick<FfmpegCapabilities, 'binary' | 'version' | 'encoders'>,
  encoder: VideoEncoder,
): Promise<void> {
  const name = encoderName(encoder)
  if (!encoders.includes(name))
    throw unusable(
      encoder,
      `${binary} (${version.text}) was built without it`,
      'set SLUICE_FFMPEG to one that has it',
    )
  if (encoder.kind === 'vaapi') await checkDevice(encoder.device, encoder)
  const { failure, output, log } = await run(binary, trial(encoder))
  if (failure !== undefined) {
    // The first line has the cause; those behind it tell what failed in consequence.
    const [cause = failure] = log
    throw unusable(encoder, `${binary} says "${cause}"`, DRIVER_ADVICE[encoder.kind], log.join(' | '))
  }
  const fault = faultOf(output)
  if (fault !== undefined)
    throw unusable(encoder, fault, 'install a newer driver of the GPU, and a newer ffmpeg', log.join(' | '))
}

/** One rung of a generated picture, each of whose frames counts as a keyframe. */
function trial(encoder: VideoEncoder): FfmpegArguments {
  const picture = { width: 640, height: 360, frameRate: 30 }
  return {
    global: ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'level+error', ...deviceArguments(encoder)],
    input: { options: ['-f', 'lavfi'], url: 'testsrc2=size=640x360:rate=30' },
    filters: [`[0:v:0]${videoFilters(RUNG, encoder)}[v]`],
    outputs: [
      {
        options: [
          ...['-map', '[v]', '-frames:v', `${FRAMES}`],
          ...videoArguments(RUNG, { encoder, picture, fragment: millis(0) }),
        ],
        url: 'pipe:1',
      },
    ],
  }
}

interface TrialEnd {
  readonly failure: string | undefined
  readonly output: Buffer
  /** What ffmpeg complained of. */
  readonly log: readonly string[]
}

function run(binary: string, args: FfmpegArguments): Promise<TrialEnd> {
  const env = { ...process.env, AV_LOG_FORCE_NOCOLOR: '1', LC_ALL: 'C' }
  const options = {
    env,
    timeout: PATIENCE,
    maxBuffer: 16 << 20,
    windowsHide: true,
    encoding: 'buffer',
  } as const
  return new Promise((resolve) => {
    execFile(binary, commandLine(args), options, (error, output, stderr) => {
      const messages = new MessageParser()
      const lines = stderr.toString().split(/\r?\n/)
      const log = lines.filter((line) => line !== '').map((line) => messages.line(line).text)
      const failure =
        error === null ? undefined : error.killed ? `nothing for ${PATIENCE / 1000} s` : error.message
      resolve({ failure, output, log })
    })
  })
}

/** What is wrong with what was encoded; undefined where nothing is. */
function faultOf(output: Buffer): string | undefined {
  const reader = new FragmentedMp4Reader()
  let packets = 0
  let keyframes = 0
  try {
    reader.receive(output)
    for (const event of reader.events()) {
      if (event.type !== 'packet') continue
      packets += 1
      if (event.packet.keyframe) keyframes += 1
    }
  } catch (error) {
    return `what it makes cannot be read: ${errorMessage(error)}`
  }
  if (packets !== FRAMES) return `it made ${packets} of ${FRAMES} frames`
  if (keyframes !== FRAMES) return `it made ${keyframes} keyframes where ${FRAMES} were asked for`
  return undefined
}

/** Looked at first: ffmpeg says the same of a device that is not there and of one that it may not open, and nothing of others. */
async function checkDevice(device: string, encoder: VideoEncoder): Promise<void> {
  const found = await stat(device).catch((cause: unknown) => {
    throw unusable(encoder, `${device} is not there (${errorMessage(cause)})`, DEVICE_ADVICE)
  })
  if (!found.isCharacterDevice() || (process.platform === 'linux' && majorOf(found.rdev) !== DRM_MAJOR))
    throw unusable(encoder, `${device} is no device of a GPU`, DEVICE_ADVICE)
  await access(device, constants.R_OK | constants.W_OK).catch(() => {
    const { gid } = found
    const advice = `make this user a member of group ${gid} (docker compose: GPU_GROUP=${gid})`
    throw unusable(encoder, `${device} may not be read and written by this user`, advice)
  })
}

/** Linux packs the number of a device as the minor's low byte, 12 bits of the major, and the rest. */
function majorOf(rdev: number): number {
  return (rdev >> 8) & 0xfff
}

function unusable(encoder: VideoEncoder, reason: string, advice: string, log?: string): DependencyError {
  return new DependencyError(
    'ffmpeg.encoder_unusable',
    `the encoder ${encoder.kind} (${encoderName(encoder)}) does not work: ${reason}; ${advice}, or set SLUICE_WORKER_ENCODER=software`,
    { details: { encoder: encoder.kind, log } },
  )
}
