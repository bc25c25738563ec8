/** What a process with native code inside must set before that code is loaded. */

/** Size of Node's thread pool: it is fixed by the first use. Each running native call holds a thread; file operations need some too. */
export function widenThreadPool(threads: number): void {
  process.env.UV_THREADPOOL_SIZE ??= String(threads)
}

/** Makes UTC the time zone of everything in this process: native libraries read TZ when they are loaded. */
export function liveInUtc(): void {
  process.env.TZ = 'UTC'
}
