/** Cuts the leaderboard document into its rows while it arrives: 25 MB or ten times that never stand in memory as one text. */
// Not here: what a row means (leaderboard.ts).

/** A row longer than this is no row: it is dropped and counted as unreadable. */
const ROW_CHARS_MAX = 64 * 1024

export interface RowScanner {
  push(chunk: string): void
  /** @returns false when the document stopped before its list of rows was closed, or never had one */
  end(): boolean
  /** Rows that were no JSON or too long. */
  unreadable(): number
}

const LIST = '"leaderboardRows"'

/**
 * @param onRow gets each element of the document's `leaderboardRows` list, parsed, in order
 */
export function createRowScanner(onRow: (row: unknown) => void): RowScanner {
  let head = ''
  let state: 'before' | 'rows' | 'after' = 'before'
  let row = ''
  let depth = 0
  let isText = false
  let isEscaped = false
  let unreadable = 0

  const finish = (): void => {
    const text = row
    row = ''
    if (text.length > ROW_CHARS_MAX) {
      unreadable++
      return
    }
    try {
      onRow(JSON.parse(text))
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      unreadable++
    }
  }
  const keep = (text: string): void => {
    // One character over the limit is enough to know that the row is too long.
    if (row.length <= ROW_CHARS_MAX) row += text
  }
  /** Takes characters of the list until it closes. @returns where it closed, or the end */
  const scan = (chunk: string): void => {
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      const code = chunk.charCodeAt(at)
      if (isText) {
        if (isEscaped) isEscaped = false
        else if (code === 92) isEscaped = true
        else if (code === 34) isText = false
        continue
      }
      if (code === 34) isText = true
      else if (code === 123 || code === 91) depth++
      else if (code === 125 || code === 93) {
        if (depth === 0) {
          keep(chunk.slice(from, at))
          if (row.trim() !== '') finish()
          state = 'after'
          return
        }
        depth--
      } else if (code === 44 && depth === 0) {
        keep(chunk.slice(from, at))
        if (row.trim() === '') row = ''
        else finish()
        from = at + 1
      }
    }
    keep(chunk.slice(from))
  }

  return {
    push(chunk) {
      if (state === 'after') return
      if (state === 'rows') {
        scan(chunk)
        return
      }
      head += chunk
      const name = head.indexOf(LIST)
      const open = name < 0 ? -1 : head.indexOf('[', name)
      if (open < 0) {
        // Without a name there is nothing to keep but what may be its first half.
        if (name < 0) head = head.slice(-LIST.length)
        return
      }
      state = 'rows'
      const rest = head.slice(open + 1)
      head = ''
      scan(rest)
    },
    end: () => state === 'after',
    unreadable: () => unreadable,
  }
}
