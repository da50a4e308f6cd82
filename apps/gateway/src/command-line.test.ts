import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { main } from './command-line.ts'

describe('the sluice command', () => {
  let printed: string
  let complained: string

  beforeEach(() => {
    printed = ''
    complained = ''
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      printed += String(text)
      return true
    })
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      complained += String(text)
      return true
    })
  })
  afterEach(() => {
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
  })

  it.each([['--help'], ['up', '--help'], ['worker', '--help']])('explains itself: %s %s', async (...args) => {
    expect(await main(args.filter((arg) => typeof arg === 'string'))).toBe(0)
    expect(printed).toContain('Usage: sluice')
    expect(complained).toBe('')
  })

  it('lists every command', async () => {
    await main(['--help'])
    for (const command of ['up', 'ingest', 'worker', 'origin', 'control', 'demo'])
      expect(printed).toMatch(new RegExp(`^ {2}${command} `, 'm'))
  })

  it('lists every setting with its variable and its default', async () => {
    await main(['up', '--help'])
    expect(printed).toMatch(
      /--rtmp-port <value>\s+port for publishers.*\(SLUICE_RTMP_PORT,\s+default\s+1935\)/s,
    )
    expect(printed).toContain('--demo')
  })

  it.each([['--version'], ['-V'], ['up', '--version']])('names its version: %s %s', async (...args) => {
    expect(await main(args.filter((arg) => typeof arg === 'string'))).toBe(0)
    expect(printed).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it.each([
    ['an unknown flag', ['up', '--rtmp-prot', '1935'], /unknown option '--rtmp-prot'/],
    ['an unknown command', ['start'], /unknown command 'start'/],
    ['a flag without its value', ['up', '--rtmp-port'], /argument missing/],
    ['an argument too many', ['up', 'now'], /too many arguments/],
    ['no command at all', [], /Usage: sluice/],
  ])('ends with 2 for %s', async (_, args, complaint) => {
    expect(await main(args)).toBe(2)
    expect(complained).toMatch(complaint)
  })

  it('ends with 1 for settings that cannot be, naming each as it was written', async () => {
    vi.stubEnv('SLUICE_SEGMENT_SECONDS', '99')
    expect(await main(['up', '--rtmp-port', 'http', '--log-level', 'loud'])).toBe(1)
    expect(complained).toContain(
      '--rtmp-port: "http" is not allowed; allowed: a whole number from 0 to 65535',
    )
    expect(complained).toContain('SLUICE_SEGMENT_SECONDS: 99 is not allowed')
    expect(complained).toContain('--log-level: "loud" is not allowed; allowed: trace, debug')
    expect(complained).not.toMatch(/^ +at /m)
  })

  it('knows a short name for the processes of an ingest', async () => {
    expect(await main(['ingest', '--processes', '0'])).toBe(1)
    expect(complained).toContain('--ingest-processes: 0 is not allowed; allowed: a whole number from 1 to 64')
  })

  it('ends with 1 for a configuration file that is not there', async () => {
    expect(await main(['up', '--config', '/nowhere/sluice.yaml'])).toBe(1)
    expect(complained).toContain('there is no configuration file /nowhere/sluice.yaml')
  })

  it('does not print secrets that are wrong', async () => {
    expect(await main(['control', '--control-token', 'short-secret'])).toBe(1)
    expect(complained).toContain('--control-token')
    expect(complained).not.toContain('short-secret')
  })
})
