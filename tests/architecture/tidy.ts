/** The habits a machine can check in one file: length, opening sentence, banned words with their replacement. */
// Not here: who may import whom (layers.ts), formatting and lint (biome.json).

const LINES_MAX = 250
/** Files that state data, not logic, or a page of markup, may be longer; each with its reason. */
export const LONGER: Readonly<Record<string, string>> = {}

interface Ban {
  pattern: RegExp
  instead: string
  /** Folders or files where the word is at home. */
  except?: RegExp
}

const BANS: readonly Ban[] = [
  { pattern: /\bMath\.random\(/, instead: 'a seed passed in (randomUUID or randomBytes in roots)' },
  {
    pattern: /\bthrow new Error\(/,
    instead: 'a HoldfastError with code, hint and retryable',
    except: /^dashboard\/page\//,
  },
  {
    pattern: /\bsetInterval\(/,
    instead: 'a loop that awaits and can be stopped',
    except: /^dashboard\/page\//,
  },
  { pattern: /\b(?:FIXME|XXX|TODO)\b/, instead: 'an issue, or the work itself' },
  { pattern: /\bprocess\.env\b/, instead: 'config/environment.ts', except: /^config\/|\.config\.ts$/ },
  { pattern: /\bexport default\b/, instead: 'a named export', except: /\.config\.ts$/ },
  { pattern: /@ts-ignore|@ts-nocheck/, instead: 'a type that holds' },
]

/** Clock and IO words that pure folders must not know; time and seeds come in as arguments. */
const PURE = /^(?:domain|workflows|exchange\/wire|exchange\/paper\/engine)\//
const PURE_BANS: readonly Ban[] = [
  // Inside a workflow the SDK's Date is the history's own, and replays alike.
  { pattern: /\bDate\.now\(|\bnew Date\(\)/, instead: 'a time passed in', except: /^workflows\// },
  { pattern: /\bperformance\.now\(/, instead: 'Clock.monotonicMs passed in' },
  { pattern: /\bsetTimeout\(/, instead: 'Clock.sleep passed in' },
  { pattern: /\bfetch\(/, instead: 'a port' },
]

/** Sentences that name each untidy place of one file. */
export function untidyPlaces(path: string, text: string): string[] {
  const isTest = path.endsWith('.test.ts') || path.startsWith('tests/') || path.startsWith('bench/')
  const lines = text.trimEnd().split('\n')
  const found: string[] = []
  if (!isTest && lines.length > LINES_MAX && LONGER[path] === undefined)
    found.push(`${path} has ${lines.length} lines; at most ${LINES_MAX}: split it by subject`)
  const first = (lines[0]?.startsWith('#!') ? lines[1] : lines[0]) ?? ''
  if (!first.startsWith('/**'))
    found.push(`${path} does not open with a /** sentence that says what the file is for`)
  if (isTest) return found
  const code = lines.map((line) => line.replace(/^\s*(?:\/\/|\*|\/\*).*$/, '').replace(/\s\/\/ .*$/, ''))
  const bans = PURE.test(path) ? [...BANS, ...PURE_BANS] : BANS
  for (const ban of bans.filter((each) => !each.except?.test(path))) {
    const at = code.findIndex((line) => ban.pattern.test(line))
    if (at >= 0) found.push(`${path}:${at + 1} has ${ban.pattern.source}; use ${ban.instead}`)
  }
  return found
}
