/** A tiny shell process that outlives a killed supervisor by seconds: it ends what the supervisor has left running. */
// Our own processes see their channel close and stop by themselves; the Temporal server, and whatever hangs, need this.
import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Learns pids from its standard input; when that closes without `bye`, it sends SIGTERM to each process group, and SIGKILL 9 s later.
 * Signals to itself it ignores: only the end of its input ends it.
 */
const SCRIPT = `
trap '' INT TERM HUP QUIT
pids=
while read -r verb pid; do
  case $verb in
    add) pids="$pids $pid" ;;
    drop) rest=; for p in $pids; do [ "$p" = "$pid" ] || rest="$rest $p"; done; pids=$rest ;;
    bye) exit 0 ;;
  esac
done
for p in $pids; do kill -s TERM -- "-$p" 2>/dev/null; done
n=0
while [ $n -lt 90 ]; do
  alive=
  for p in $pids; do kill -s 0 -- "-$p" 2>/dev/null && alive=1; done
  [ -z "$alive" ] && exit 0
  sleep 0.1
  n=$((n + 1))
done
for p in $pids; do kill -s KILL -- "-$p" 2>/dev/null; done
`

export interface Guard {
  /** From now on this process group must not outlive the supervisor. */
  add(pid: number): void
  drop(pid: number): void
  /** Everything was stopped in order: the guard leaves. */
  close(): void
  pid(): number | null
}

/** Starts the guard, and starts it again should somebody end it. Windows has no shell for it: there it does nothing. */
export function createGuard(): Guard {
  const guarded = new Set<number>()
  let closed = process.platform === 'win32'
  let shell: ChildProcess | null = null
  const tell = (line: string) => shell?.stdin?.write(`${line}\n`)
  const start = () => {
    if (closed) return
    const child = spawn('/bin/sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
    shell = child
    child.stdin?.on('error', () => {}) // it has just ended: 'exit' follows
    child.on('error', () => {})
    child.on('exit', () => {
      if (shell === child) start()
    })
    child.unref()
    for (const pid of guarded) tell(`add ${pid}`)
  }
  start()
  return {
    add: (pid) => {
      guarded.add(pid)
      tell(`add ${pid}`)
    },
    drop: (pid) => {
      guarded.delete(pid)
      tell(`drop ${pid}`)
    },
    close: () => {
      closed = true
      tell('bye')
      shell?.stdin?.end()
    },
    pid: () => shell?.pid ?? null,
  }
}
