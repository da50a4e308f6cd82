/**
 * A program that runs a ladder and is killed in the middle of it. Arguments: the FLV file, and what it does to
 * ffmpeg before it dies. It prints ffmpeg's pid, then `ready` once that state is reached.
 */
import { readFileSync } from 'node:fs'
import { startTranscode } from '../process/transcode.ts'
import { audioRung, planOf, rung } from './plans.ts'

const [file = '', state = ''] = process.argv.slice(2)
const flv = readFileSync(file)
const transcode = startTranscode(planOf([rung(256, 144)], audioRung()), {
  binary: 'ffmpeg',
  inputFormat: 'flv',
})
process.stdout.write(`${transcode.pid}\n`)

let received = 0
function read(): void {
  for (const stream of transcode.outputs.values()) {
    stream.on('data', (chunk: Buffer) => {
      if (received === 0) process.stdout.write('ready\n')
      received += chunk.length
    })
  }
}

/** Keeps ffmpeg's input full for ever. The second copy and later are nonsense to it, which it skips. */
function feed(): void {
  while (transcode.input.write(flv));
  transcode.input.once('drain', feed)
}

switch (state) {
  case 'streaming':
    read()
    feed()
    break
  case 'idle':
    read()
    transcode.input.write(flv.subarray(0, flv.length / 2))
    break
  case 'blocked':
    // Nobody reads: once its pipes are full, ffmpeg takes no more input.
    for (let round = 0; round < 40; round++) transcode.input.write(flv)
    setInterval(() => {
      const before = transcode.input.writableLength
      setTimeout(() => transcode.input.writableLength === before && process.stdout.write('ready\n'), 400)
    }, 500)
    break
  case 'exit':
    read()
    for (const stream of transcode.outputs.values()) stream.once('data', () => process.exit(3))
    feed()
    break
  case 'throw':
    read()
    for (const stream of transcode.outputs.values()) {
      stream.once('data', () => {
        throw new Error('on purpose')
      })
    }
    feed()
    break
  default:
    throw new Error(`no such state: ${state}`)
}
