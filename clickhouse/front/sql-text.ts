/** Reads just enough of a statement to route it: where inline insert data begins, which format comes out, whether it selects. */
// Not here: anything ClickHouse itself decides; a statement that is not understood here goes to it unchanged.

/** A text as a ClickHouse string literal. */
export const sqlString = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

/** A name in backticks. */
export const sqlName = (text: string): string => `\`${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``

/** An INSERT whose rows follow as data. */
export interface InsertStatement {
  /** `INSERT INTO t (a, b)` */
  head: string
  /** `SETTINGS …` between table and format, or ''. */
  settings: string
  format: string
  /** What stands behind the format: the first bytes of the data. */
  data: string
}

interface Word {
  text: string
  start: number
  end: number
}

/**
 * Words outside quotes, comments and brackets, one by one: so that a name or value never passes for a keyword,
 * and data behind FORMAT is never looked at.
 */
function* topLevelWords(sql: string): Generator<Word> {
  const token =
    /--[^\n]*|#[! ][^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`|[()]|\w+/gs
  let depth = 0
  for (let match = token.exec(sql); match; match = token.exec(sql)) {
    const text = match[0]
    if (text === '(') depth++
    else if (text === ')') depth--
    else if (depth === 0 && /^\w/.test(text))
      yield { text: text.toUpperCase(), start: match.index, end: token.lastIndex }
  }
}

/** First keyword of a statement outside brackets, upper case: SELECT, WITH, INSERT, …; '' when there is none. */
export function firstWord(sql: string): string {
  for (const { text } of topLevelWords(sql)) return text
  return ''
}

/** Takes an INSERT apart whose rows follow as data; null for any other statement, INSERT … SELECT included. */
export function splitInsert(sql: string): InsertStatement | null {
  let settingsAt = -1
  let at = 0
  for (const word of topLevelWords(sql)) {
    if (at === 0 && word.text !== 'INSERT') return null
    // INSERT INTO name: a table may be called what it likes.
    if (at++ < 3 || sql[word.start - 1] === '.') continue
    if (word.text === 'SELECT' || word.text === 'WITH' || word.text === 'FROM') return null
    if (word.text === 'SETTINGS' && settingsAt < 0) settingsAt = word.start
    const isValues = word.text === 'VALUES'
    if (isValues || word.text === 'FORMAT') {
      const named = isValues ? null : /^\s*(\w+)/.exec(sql.slice(word.end))
      if (!isValues && !named) return null
      const headEnd = settingsAt < 0 ? word.start : settingsAt
      return {
        head: sql.slice(0, headEnd).trim(),
        settings: sql.slice(headEnd, word.start).trim(),
        format: named?.[1] ?? 'Values',
        data: sql.slice(word.end + (named?.[0].length ?? 0)).replace(/^[ \t]*(?:;\s*)?\r?\n?/, ''),
      }
    }
  }
  return null
}

/** The format that a statement asks for at its end, or null. */
export function outputFormat(sql: string): string | null {
  return /\bFORMAT\s+(\w+)\s*(?:\bSETTINGS\b[^']*)?;?\s*$/i.exec(sql)?.[1] ?? null
}

/** True for statements whose result can be handed out while it is computed. */
export const isSelect = (sql: string): boolean =>
  /^\s*\(/.test(sql) || ['SELECT', 'WITH'].includes(firstWord(sql))

/** Formats without header or frame: chunks of them put together are one valid document. */
export const isStreamable = (format: string): boolean =>
  /^(?:JSONEachRow|JSONCompactEachRow|JSONStringsEachRow|JSONCompactStringsEachRow|TabSeparated|TSV|TabSeparatedRaw|TSVRaw|CSV|Native|RowBinary|LineAsString)$/i.test(
    format,
  )
