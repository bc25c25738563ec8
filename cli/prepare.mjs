/** Makes a fresh clone runnable: installs the dependencies when they are missing or package.json changed, and says what it waits for. */
// Plain JavaScript for Node >= 18 without dependencies: it runs before anything is installed (npm's prestart and pretest).
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { env } from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Node that runs TypeScript files as they are: 22.18 is the first without a flag. */
const NODE_MIN = [22, 18]
const PROGRESS_MS = 10_000
const LOCK_STALE_MS = 15 * 60_000
const SECTIONS = ['dependencies', 'devDependencies', 'optionalDependencies', 'overrides', 'engines']

/** Hash of what `npm install` depends on: a new version number of the project alone installs nothing. */
export function dependencyStamp(manifest) {
  const relevant = SECTIONS.map((section) => [section, manifest[section] ?? null])
  const text = JSON.stringify([relevant, process.platform, process.arch])
  return createHash('sha256').update(text).digest('hex')
}

/** Names of direct dependencies that are not installed in exactly the pinned version. */
export function missingDependencies(root, manifest) {
  const wanted = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
  return wanted.filter(([name, version]) => installedVersion(root, name) !== version).map(([name]) => name)
}

function installedVersion(root, name) {
  try {
    return JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version
  } catch {
    return null
  }
}

/** Why an install is needed, or null when none is. */
export function whyInstall(root, manifest) {
  if (!existsSync(join(root, 'node_modules'))) return 'node_modules is missing'
  const missing = missingDependencies(root, manifest)
  if (missing.length > 0) {
    const more = missing.length > 3 ? ` and ${missing.length - 3} more` : ''
    return `${missing.slice(0, 3).join(', ')}${more} not installed in the pinned version`
  }
  const stamp = join(root, 'node_modules', '.holdfast-stamp')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8').trim() !== dependencyStamp(manifest)) {
    return 'package.json changed'
  }
  return null
}

/** What a failed npm run most likely means, from the end of its output. */
export function explainFailure(output) {
  if (/ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|network/i.test(output)) {
    return 'the package registry could not be reached: check the network, the proxy (npm config get proxy) and the registry (npm config get registry)'
  }
  if (/ENOSPC/.test(output)) return 'the disk is full: about 2 GB are needed'
  if (/EACCES|EPERM/.test(output))
    return 'a folder cannot be written: check who owns the clone and the npm cache'
  if (/E404|ETARGET|notarget/.test(output))
    return 'the registry does not have a pinned version: is it a complete mirror?'
  return 'see the lines above'
}

function say(text) {
  process.stderr.write(`${text}\n`)
}

function npmCommand() {
  const script = env.npm_execpath
  if (script && /\.c?js$/.test(script) && existsSync(script)) return [process.execPath, [script]]
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm', []]
}

/** Runs `npm install`, showing every ten seconds that it is alive. Resolves to { code, output, seconds }. */
function install(root) {
  const [command, first] = npmCommand()
  const started = Date.now()
  const seconds = () => Math.round((Date.now() - started) / 1000)
  return new Promise((resolve) => {
    const child = spawn(command, [...first, 'install', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const keep = (chunk) => {
      output = (output + chunk).slice(-8_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    let timer
    const tick = () => {
      timer = setTimeout(() => {
        say(`  … still installing (${seconds()} s)`)
        tick()
      }, PROGRESS_MS)
    }
    tick()
    const finish = (code, text) => {
      clearTimeout(timer)
      resolve({ code, output: output + text, seconds: seconds() })
    }
    child.on('error', (error) => finish(1, `cannot run ${command}: ${error.message}`))
    child.on('close', (code) => finish(code ?? 1, ''))
  })
}

/** Waits while another `npm start` or `npm test` of the same clone installs. Returns the function that lets the next one in. */
async function lockInstall(root) {
  const lock = join(root, 'node_modules', '.holdfast-installing')
  mkdirSync(dirname(lock), { recursive: true })
  let told = false
  for (;;) {
    try {
      mkdirSync(lock)
      return () => rmSync(lock, { recursive: true, force: true })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs
    if (since !== undefined && Date.now() - since > LOCK_STALE_MS)
      rmSync(lock, { recursive: true, force: true })
    else if (!told) {
      told = true
      say(`Waiting: another process installs the dependencies of ${root} (folder ${lock} says so).`)
    }
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
}

/** The Node that runs TypeScript: the one from npm, else this one when it is new enough. Null: neither. */
export function usableNode(root) {
  const own = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node')
  if (existsSync(own)) return own
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const enough = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])
  return enough ? process.execPath : null
}

/** Installs when needed. Returns the exit code. */
export async function prepare(root) {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const why = whyInstall(root, manifest)
  if (why !== null) {
    const unlock = await lockInstall(root)
    try {
      // The other process may have done it meanwhile.
      if (whyInstall(root, manifest) !== null) {
        say(`Installing dependencies (${why}): one to two minutes the first time, 1.3 GB on disk.`)
        const { code, output, seconds } = await install(root)
        if (code !== 0) {
          say(output.trim())
          say(`\nnpm install failed after ${seconds} s (exit code ${code}): ${explainFailure(output)}.`)
          say(
            `Nothing was started. Try again with \`npm start\`, or run \`npm install\` in ${root} to see all of its output.`,
          )
          return 1
        }
        say(`Dependencies installed in ${seconds} s.`)
      }
    } finally {
      unlock()
    }
  }
  const stamp = join(root, 'node_modules', '.holdfast-stamp')
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8').trim() !== dependencyStamp(manifest)) {
    writeFileSync(stamp, `${dependencyStamp(manifest)}\n`)
  }
  if (usableNode(root) === null) {
    say(
      `No Node for ${process.platform}-${process.arch} came with the dependencies, and this one is ${process.versions.node}.`,
    )
    say(`Install Node ${NODE_MIN.join('.')} or newer (24 is what Holdfast is tested with) and try again.`)
    return 1
  }
  return 0
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await prepare(join(dirname(fileURLToPath(import.meta.url)), '..'))
}
