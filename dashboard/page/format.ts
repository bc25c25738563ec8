/** How figures and times are written on the page: UTC, exact decimals kept exact, signs always shown where they matter. */
// Not here: colours and markup (dashboard/page/parts.tsx).

export const NONE = '–'
const MINUS = '−' // U+2212 is as wide as a digit

/** `12:04:31` UTC; with the day in front once it is not today, with the year once it is not this year. */
export function formatTime(ts: number, now: number): string {
  if (ts <= 0) return NONE
  const iso = new Date(ts).toISOString()
  const today = new Date(now).toISOString()
  const time = iso.slice(11, 19)
  if (iso.slice(0, 10) === today.slice(0, 10)) return time
  return `${iso.slice(0, 4) === today.slice(0, 4) ? iso.slice(5, 10) : iso.slice(0, 10)} ${time}`
}

/** `2026-11-21 12:04:31.123 UTC`, for tooltips. */
export const formatFullTime = (ts: number): string =>
  ts <= 0 ? NONE : `${new Date(ts).toISOString().slice(0, 23).replace('T', ' ')} UTC`

/** `12 s`, `4 min`, `3 h 20 min`, `2 d 4 h`. A negative age is none. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  if (seconds < 100) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 100) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return `${hours} h ${minutes % 60} min`
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** Groups the whole digits of a decimal text and leaves its fraction as it is: `64 123.5`. */
export function formatDecimal(text: string): string {
  const match = /^(-?)(\d+)(\.\d+)?$/.exec(text)
  if (!match) return text
  const whole = (match[2] ?? '').replace(/\B(?=(\d{3})+$)/g, ' ')
  return `${match[1] ? MINUS : ''}${whole}${match[3] ?? ''}`
}

/** A signed size: `+0.0154`, `−2`, `0`. */
export function formatSize(text: string): string {
  const plain = text.includes('.') ? text.replace(/\.?0+$/, '') : text
  const shown = formatDecimal(plain)
  return Number(text) > 0 ? `+${shown}` : shown
}

/** US dollars with cents: `1 234.50`; `signed` puts a plus before gains. */
export function formatUsd(value: string | number | null, options: { signed?: boolean } = {}): string {
  if (value === null || !Number.isFinite(Number(value))) return NONE
  const cents = Number(value).toFixed(2)
  const text = formatDecimal(cents === '-0.00' ? '0.00' : cents)
  return options.signed && Number(cents) > 0 ? `+${text}` : text
}

/** `gain`, `loss` or `flat`, as shown with two decimals. */
export function tone(value: string | number | null): 'gain' | 'loss' | 'flat' {
  const cents = Math.round(Number(value ?? 0) * 100)
  return cents > 0 ? 'gain' : cents < 0 ? 'loss' : 'flat'
}

/** `replay:/far/away/day.jsonl.gz` → `replay:day.jsonl.gz`; everything else as it is. */
export const formatMarket = (market: string): string => market.replace(/^(replay:).*[/\\]/, '$1')

export function formatBytes(bytes: number): string {
  if (bytes <= 0) return NONE
  const mib = bytes / 1_048_576
  return mib >= 1_000 ? `${(mib / 1_024).toFixed(2)} GiB` : `${mib.toFixed(0)} MiB`
}

/** `1 234 567`. */
export const formatCount = (count: number): string => formatDecimal(String(Math.round(count)))

/** One fact of a decision or event: numbers shortened to what the eye needs, everything else as JSON. */
export function formatFact(value: unknown): string {
  if (value === null || value === undefined) return NONE
  if (typeof value === 'number')
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(8)))
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Names and values of an object with its inner objects opened up: `residual.open_orders`. Empty ones read `none`. */
export function flattenFacts(facts: Readonly<Record<string, unknown>>, prefix = ''): [string, string][] {
  return Object.entries(facts).flatMap(([name, value]): [string, string][] => {
    const full = `${prefix}${name}`
    if (typeof value !== 'object' || value === null) return [[full, formatNamedFact(name, value)]]
    if (Array.isArray(value) && !value.some((item) => typeof item === 'object')) {
      return [[full, value.map(formatFact).join(', ') || 'none']]
    }
    const inner = flattenFacts(value as Record<string, unknown>, `${full}.`)
    return inner.length > 0 ? inner : [[full, 'none']]
  })
}

/** By the ending of its name: `_ts` is a time, everything else is shown as it is. */
const formatNamedFact = (name: string, value: unknown): string =>
  /(?:^|_)ts$/.test(name) && typeof value === 'number' ? formatFullTime(value) : formatFact(value)
