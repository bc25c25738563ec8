/** Threads for backtests, one per core: started when there is work, ended when there is none, so that an idle worker costs nothing. */
// Not here: what a thread does (backtest-thread.ts).
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { SweepInput } from '#domain/backtest/sweep-plan.ts'
import type { SweepResult } from '#domain/backtest/sweep-rank.ts'
import { HoldfastError } from '#domain/errors.ts'
import type { PartAnswer, PartTask } from '#workers/support/backtest-thread.ts'

const IDLE_MS = 20_000

export interface BacktestPool {
  /**
   * Runs `from` … `to` − 1 of a sweep on one thread.
   * @param onResult after each run; the order is that of the runs
   * @throws HoldfastError of the thread
   */
  run(
    input: SweepInput,
    part: { from: number; to: number },
    onResult: (result: SweepResult) => void,
    signal?: AbortSignal,
  ): Promise<SweepResult[]>
  close(): Promise<void>
}

class ThreadLostError extends HoldfastError {
  constructor(why: string) {
    super(`a backtest thread ended: ${why}`, {
      code: 'BACKTEST_THREAD_LOST',
      retryable: true,
      hint: 'it is started anew; look at memory if it happens again',
    })
  }
}

interface Thread {
  worker: Worker
  busy: boolean
  idle: NodeJS.Timeout | null
}

interface Waiting {
  start(thread: Thread): void
}

export function createBacktestPool(size = availableParallelism()): BacktestPool {
  const threads = new Set<Thread>()
  const queue: Waiting[] = []
  let tasks = 0
  let closed = false

  function take(): Thread | null {
    for (const thread of threads) if (!thread.busy) return thread
    if (threads.size >= size || closed) return null
    const thread = openThread()
    thread.worker.once('exit', () => {
      threads.delete(thread)
      next()
    })
    threads.add(thread)
    return thread
  }

  function next(): void {
    const thread = queue.length > 0 ? take() : null
    if (!thread) return
    if (thread.idle) clearTimeout(thread.idle)
    thread.idle = null
    thread.busy = true
    thread.worker.ref()
    queue.shift()?.start(thread)
  }

  function release(thread: Thread): void {
    thread.busy = false
    thread.worker.unref()
    thread.idle = setTimeout(() => void thread.worker.terminate(), IDLE_MS)
    thread.idle.unref()
    next()
  }

  return {
    run: (input, part, onResult, signal) =>
      new Promise((resolve, reject) => {
        tasks += 1
        const task: PartTask = { id: tasks, input, ...part }
        const settle = { resolve, reject, onResult, signal, release }
        queue.push({ start: (thread) => runOn(thread, task, settle) })
        next()
      }),
    async close() {
      closed = true
      await Promise.all([...threads].map(({ worker }) => worker.terminate()))
    },
  }
}

function openThread(): Thread {
  const worker = new Worker(new URL('./backtest-thread.ts', import.meta.url))
  worker.unref()
  return { worker, busy: false, idle: null }
}

interface Settle {
  resolve(results: SweepResult[]): void
  reject(error: unknown): void
  onResult(result: SweepResult): void
  signal: AbortSignal | undefined
  release(thread: Thread): void
}

/** Hands one part to a thread and listens until it is done, failed, or the thread is gone. */
function runOn(thread: Thread, task: PartTask, settle: Settle): void {
  const { worker } = thread
  const results: SweepResult[] = []
  // A run cannot be interrupted from outside: the thread goes, another one comes.
  const stop = (): void => void worker.terminate()
  const fail = (error: unknown): void => end(() => settle.reject(new ThreadLostError(String(error))))
  const gone = (code: number): void => end(() => settle.reject(new ThreadLostError(`exit ${code}`)))
  const hear = (answer: PartAnswer): void => {
    if (answer.id !== task.id) return
    if (answer.kind === 'result') {
      results.push(answer.result)
      settle.onResult(answer.result)
    } else end(() => finish(answer))
  }
  function finish(answer: Exclude<PartAnswer, { kind: 'result' }>): void {
    settle.release(thread)
    if (answer.kind === 'done') {
      settle.resolve(results)
      return
    }
    const { message, code, retryable } = answer
    settle.reject(new HoldfastError(message, { code, retryable, hint: 'see the message' }))
  }
  function end(then: () => void): void {
    worker.off('message', hear)
    worker.off('error', fail)
    worker.off('exit', gone)
    settle.signal?.removeEventListener('abort', stop)
    then()
  }
  worker.on('message', hear)
  worker.once('error', fail)
  worker.once('exit', gone)
  settle.signal?.addEventListener('abort', stop, { once: true })
  if (settle.signal?.aborted) stop()
  else worker.postMessage(task)
}
