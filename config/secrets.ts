/** Secrets by reference: `file:PATH` and `env:NAME` are read here, at the moment of use; the value never enters settings, logs or errors. */
// Not here: what a secret is for (exchange/client/keys.ts makes signers of keys).
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { HoldfastError } from '#domain/errors.ts'

/** A secret that cannot be had. The message names the reference, never the value. */
export class SecretError extends HoldfastError {
  constructor(reference: string, found: string, advice: string) {
    super(`secret ${reference}: ${found}`, { code: 'SECRET_UNUSABLE', retryable: false, hint: advice })
  }
}

/** Mode bits that let others than the owner read or write. */
const OTHERS = 0o077
/** Where container runtimes mount secrets, readable by all inside on purpose. */
const MOUNTED = '/run/secrets/'

/**
 * Reads a secret that somebody else put there.
 * @param reference `file:PATH` or `env:NAME`
 * @throws SecretError when it is absent, empty, or lies in a file that other users may read
 */
export function readSecret(reference: string, variables: NodeJS.ProcessEnv = process.env): string {
  const [kind = '', ...rest] = reference.split(':')
  const where = rest.join(':')
  if (kind === 'env') {
    const value = variables[where]?.trim() ?? ''
    if (value === '') throw new SecretError(reference, 'the variable is not set', `set ${where}`)
    return value
  }
  if (kind !== 'file') throw new SecretError(reference, 'no such kind', 'use file:PATH or env:NAME')
  return readSecretFile(where, reference)
}

/** Reads a secret file of ours or of the operator. @throws SecretError as readSecret */
export function readSecretFile(path: string, reference = `file:${path}`): string {
  if (!existsSync(path))
    throw new SecretError(reference, 'the file is absent', `create ${path}, or run \`holdfast up\``)
  const mode = statSync(path).mode
  if (process.platform !== 'win32' && (mode & OTHERS) !== 0 && !path.startsWith(MOUNTED)) {
    throw new SecretError(
      reference,
      `mode ${(mode & 0o777).toString(8)} lets other users read it`,
      `run chmod 600 ${path}`,
    )
  }
  const value = readFileSync(path, 'utf8').trim()
  if (value === '') throw new SecretError(reference, 'the file is empty', `write the secret into ${path}`)
  return value
}

/** Reads the 32 random bytes (hex) of a generated key, making them on first use, 0600. Two processes that do so at once get the same. */
export function generatedKey(path: string): string {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    try {
      writeFileSync(path, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error // another process made it just now
    }
  }
  return readSecretFile(path)
}
