/** Strategy files, config/strategies/*.yaml: defaults ← global ← symbols.COIN ← live, checked as a whole, faults with file, line and path. */
// Not here: the parameters themselves (domain/strategies/*-params.ts), strategies of the user as code (config/user-strategies.ts).
import { readFileSync } from 'node:fs'
import { type Document, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { InvalidInputError } from '#domain/errors.ts'
import type { SessionMode } from '#domain/ids.ts'
import { CandleParams } from '#domain/strategies/candle-params.ts'
import { isTree, merge, type Tree } from '#domain/strategies/overlay.ts'

const tree = z.record(z.string(), z.unknown())

const StrategyFileShape = z.strictObject({
  strategy: z.string().describe('ema_cross, mei_alpha_v1, or user'),
  name: z.string().optional().describe('with strategy user: the name of the strategy'),
  interval: z.string().optional().describe('candle length'),
  entry_interval: z.string().optional().describe('candle length of entries; unset: interval'),
  exit_interval: z.string().optional().describe('candle length of exits; unset: interval'),
  global: tree.default({}).describe('differences from the defaults, all coins'),
  symbols: z
    .record(z.string(), tree)
    .default({})
    .describe('differences for single coins, as the venue spells them'),
  live: tree.default({}).describe('differences in modes dry_live and live: a tree, or {global, symbols}'),
})
type Shape = z.infer<typeof StrategyFileShape>

/** One layer of a file: what it changes and where it stands. */
export interface Layer {
  /** `global`, `symbols.SOL`, `live`, `live.global`, `live.symbols.SOL`. */
  name: string
  path: readonly string[]
  tree: Tree
}

export interface StrategyFile {
  file: string
  shape: Shape
  /** `file:line` of a path, or of its nearest parent that is there. */
  where(path: readonly string[]): string
}

/** Reads the file. @throws InvalidInputError with file, line and path */
export function loadStrategyFile(file: string): StrategyFile {
  const lines = new LineCounter()
  const document = parseDocument(readOrExplain(file), { lineCounter: lines })
  const broken = document.errors[0]
  if (broken) {
    throw new InvalidInputError({
      source: `${file}:${lines.linePos(broken.pos[0]).line}`,
      path: '',
      found: broken.message.split('\n')[0] ?? '',
      expected: 'valid YAML',
    })
  }
  const where = (path: readonly string[]): string => `${file}${lineOf(document, lines, path)}`
  const parsed = StrategyFileShape.safeParse(document.toJS() ?? {})
  if (parsed.success) return { file, shape: parsed.data, where }
  const issue = parsed.error.issues[0]
  const path = issue?.path.map(String) ?? []
  throw faultAt(where, path, document.getIn(path), issue)
}

function readOrExplain(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new InvalidInputError({
      source: file,
      path: '',
      found: (error as Error).message,
      expected: 'a readable strategy file',
    })
  }
}

function lineOf(document: Document.Parsed, lines: LineCounter, path: readonly string[]): string {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true) as
      | { range?: [number, number, number] }
      | undefined
    if (node?.range) return `:${lines.linePos(node.range[0]).line}`
  }
  return ''
}

function faultAt(
  where: (path: readonly string[]) => string,
  path: readonly string[],
  found: unknown,
  issue: { code?: string | undefined; message: string; keys?: string[] } | undefined,
): InvalidInputError {
  const unknownKeys = issue?.keys ? `unknown ${issue.keys.join(', ')}` : null
  return new InvalidInputError({
    source: where(issue?.keys?.[0] === undefined ? path : [...path, issue.keys[0]]),
    path: path.join('.'),
    found: unknownKeys ?? JSON.stringify(found ?? null)?.slice(0, 80) ?? 'nothing',
    expected: issue?.message ?? 'a valid value',
  })
}

const isLive = (mode: SessionMode): boolean => mode !== 'paper'

/** Layers that apply to a coin (null for those of all coins), lowest first. Source: merge order of the candle engine's configuration. */
export function layersOf({ shape }: StrategyFile, coin: string | null, mode: SessionMode): Layer[] {
  const layers: Layer[] = [{ name: 'global', path: ['global'], tree: shape.global }]
  const add = (path: string[], value: unknown): void => {
    if (isTree(value)) layers.push({ name: path.join('.'), path, tree: value })
  }
  if (coin !== null) add(['symbols', coin], shape.symbols[coin])
  if (!isLive(mode)) return layers
  const { live } = shape
  // With `global` or `symbols` inside, only these count; else `live` itself is the overlay.
  if (!('global' in live) && !('symbols' in live)) add(['live'], live)
  else {
    add(['live', 'global'], live.global)
    if (coin !== null && isTree(live.symbols)) add(['live', 'symbols', coin], live.symbols[coin])
  }
  return layers
}

function headOf({ strategy, name, interval, entry_interval, exit_interval }: Shape): Tree {
  const given = Object.entries({ name, interval, entry_interval, exit_interval })
  return { strategy, ...Object.fromEntries(given.filter(([, value]) => value !== undefined)) }
}

/** Coins that the file has differences for. */
export function coinsOfFile({ shape }: StrategyFile): string[] {
  const live = isTree(shape.live.symbols) ? Object.keys(shape.live.symbols) : []
  return [...new Set([...Object.keys(shape.symbols), ...live])].sort()
}

/** Parameters of a session from the file: those of all coins, with the differences of single coins in `symbols`. @throws InvalidInputError */
export function resolveStrategy(given: StrategyFile, mode: SessionMode): CandleParams {
  const own = (tree: Tree): Tree => (given.shape.strategy === 'user' ? { params: tree } : tree)
  const whole = (coin: string | null): { params: CandleParams; difference: Tree } => {
    const layers = layersOf(given, coin, mode)
    const difference = layers.reduce<unknown>((below, { tree: above }) => merge(below, above), {}) as Tree
    const parsed = CandleParams.safeParse(merge(headOf(given.shape), own(difference)))
    if (parsed.success) return { params: parsed.data, difference }
    const issue = parsed.error.issues[0]
    throw layerFault(given, layers, issue?.path.map(String) ?? [], issue as Parameters<typeof faultAt>[3])
  }
  const base = whole(null).params
  const symbols = Object.fromEntries(coinsOfFile(given).map((coin) => [coin, own(whole(coin).difference)]))
  return Object.keys(symbols).length === 0 ? base : { ...base, symbols }
}

/** Names the highest layer that holds the faulty value. */
function layerFault(
  given: StrategyFile,
  layers: readonly Layer[],
  issuePath: readonly string[],
  issue: Parameters<typeof faultAt>[3],
): InvalidInputError {
  const path = given.shape.strategy === 'user' && issuePath[0] === 'params' ? issuePath.slice(1) : issuePath
  const wanted = issue?.keys?.[0] === undefined ? path : [...path, issue.keys[0]]
  const layer = layers.findLast(({ tree: own }) => valueAt(own, wanted) !== undefined)
  if (!layer) return faultAt(given.where, path, valueAt(given.shape as unknown as Tree, path), issue)
  return faultAt(given.where, [...layer.path, ...path], valueAt(layer.tree, path), issue)
}

/** Value at a path of a tree; undefined when it is not there. */
export function valueAt(root: Tree, path: readonly string[]): unknown {
  let at: unknown = root
  for (const key of path) at = isTree(at) ? at[key] : undefined
  return at
}
