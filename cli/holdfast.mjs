#!/usr/bin/env node
/** The `holdfast` command: runs cli/main.ts with the Node that came from npm, so that the system's own may be older. */
// Plain JavaScript for Node >= 18 without dependencies. Not here: any verb (cli/main.ts).
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { usableNode } from './prepare.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const node = usableNode(root)

if (node === null || !existsSync(join(root, 'node_modules', 'commander'))) {
  process.stderr.write(
    `holdfast: the dependencies are not installed.\nRun \`npm start\` in ${root}: it installs them and starts the system (or \`npm install\` to install alone).\n`,
  )
  process.exit(1)
}

const child = spawn(
  node,
  ['--max-semi-space-size=1', join(root, 'cli', 'main.ts'), ...process.argv.slice(2)],
  { stdio: 'inherit' },
)
// From a terminal the child gets Ctrl-C itself; from a script only this process does. Twice within a second counts once.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('error', (error) => {
  process.stderr.write(`holdfast: cannot run ${node}: ${error.message}\n`)
  process.exit(1)
})
child.on('exit', (code, signal) => {
  process.exit(code ?? 128 + (constants.signals[signal] ?? 0))
})
