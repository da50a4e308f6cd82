import { createHash, X509Certificate } from 'node:crypto'
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runChild } from '@sluice/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

const PROGRAM = join(import.meta.dirname, 'first-start.ts')

describe('what is made at the first start of a deployment', () => {
  /** After a first start, made once: a key takes a while. */
  let made: string
  let root: string

  const startIn = (folder: string): ReturnType<typeof runChild> =>
    runChild(process.execPath, ['--import', 'tsx', '--conditions=source', PROGRAM, folder])
  const text = (path: string): Promise<string> => readFile(join(root, path), 'utf8')

  beforeAll(async () => {
    made = await mkdtemp(join(tmpdir(), 'sluice-first-start-'))
    for (const folder of ['redis', 'cluster', 'edge', 'grafana']) await mkdir(join(made, folder))
    const { code, output } = await startIn(made)
    if (code !== 0) throw new Error(output)
  })

  afterAll(() => rm(made, { recursive: true, force: true }))

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'sluice-first-start-'))
    await cp(made, root, { recursive: true })
  })

  afterEach(() => rm(root, { recursive: true, force: true }))

  it('is a password that Redis knows by its digest alone, and a certificate', async () => {
    const url = new URL((await text('cluster/redis-url')).trim())
    expect(url.password).toMatch(/^[\w-]{32}$/)
    const acl = await text('redis/users.acl')
    expect(acl).toContain(`user default on #${createHash('sha256').update(url.password).digest('hex')} `)
    expect(acl).not.toContain(url.password)
    expect((await stat(join(root, 'cluster/redis-url'))).mode & 0o777).toBe(0o600)
    expect((await stat(join(root, 'edge/key.pem'))).mode & 0o777).toBe(0o600)
    expect(new X509Certificate(await text('edge/cert.pem')).subject).toBe('CN=Sluice')
  })

  it('stays as it is from then on', async () => {
    const all = [
      'cluster/redis-url',
      'redis/users.acl',
      'edge/cert.pem',
      'edge/key.pem',
      'grafana/admin-password',
    ]
    const before = await Promise.all(all.map(text))
    expect((await startIn(root)).code).toBe(0)
    expect(await Promise.all(all.map(text))).toEqual(before)
  })

  it.each([
    ['the address of Redis is lost', 'cluster/redis-url', '', 'does not hold a password that'],
    ['the password is another one', 'cluster/redis-url', 'redis://:secret@redis', 'delete both'],
    ['the users of Redis are lost', 'redis/users.acl', '', 'delete both'],
    ['a certificate has no key', 'edge/key.pem', '', 'put both there'],
  ])('is refused with what to do where %s', async (_, path, content, complaint) => {
    await writeFile(join(root, path), content)
    const { code, output } = await startIn(root)
    expect(code).toBe(1)
    expect(output).toContain(complaint)
    expect(output).not.toContain('secret@')
  })
})
