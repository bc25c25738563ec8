/** Size of Node's thread pool, for processes that wait in native code: it is fixed by the first use, so call this first. */

/** Each running native call holds one thread; file operations need some too. An own UV_THREADPOOL_SIZE stays. */
export function widenThreadPool(threads: number): void {
  process.env.UV_THREADPOOL_SIZE ??= String(threads)
}
