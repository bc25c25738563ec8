/** What commands print: tables and figures for people, one JSON line for scripts, errors with code and hint. */
import Table from 'cli-table3'
import pc from 'picocolors'
import { describeError, HoldfastError } from '#domain/errors.ts'

export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value))
}

/** A table without vertical lines. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const table = new Table({
    head: head.map((title) => pc.bold(title)),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: {
      ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
      ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
      ...{ left: '  ', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '' },
    },
  })
  for (const row of rows) table.push([...row])
  print(table.toString())
}

/** `1.2 GB`, `87 MB`. */
export function formatBytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${Math.round(bytes / 1e6)} MB`
}

/** Exit codes: 0 done, 1 failed, 2 bad input. */
export const exitCodeOf = (error: unknown): number =>
  error instanceof HoldfastError && error.code === 'INVALID_INPUT' ? 2 : 1

/** Says what went wrong and what to do; scripts get one JSON object on standard error. Stacks are shown for bugs only. */
export function reportError(error: unknown, json: boolean): void {
  const known = error instanceof HoldfastError
  if (json) {
    const { code, hint, retryable, details } = known ? error : { ...UNKNOWN, details: {} }
    process.stderr.write(
      `${JSON.stringify({ error: { message: describeError(error), code, hint, retryable, details } })}\n`,
    )
    return
  }
  process.stderr.write(
    `${pc.red('error')} ${known ? describeError(error) : ((error as Error)?.stack ?? String(error))}\n`,
  )
  if (known && error.hint !== '') process.stderr.write(`${pc.dim('hint')}  ${error.hint}\n`)
}

const UNKNOWN = { code: 'UNEXPECTED', hint: 'report this with the log around it', retryable: false } as const
