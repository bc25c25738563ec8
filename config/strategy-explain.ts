/** Where each parameter of a strategy file comes from, and in what two files differ. */
// Not here: reading and merging them (strategy-file.ts), printing (cli/config.ts).
import { layersOf, resolveStrategy, type StrategyFile, valueAt } from '#config/strategy-file.ts'
import type { SessionMode } from '#domain/ids.ts'
import { isTree, paramsFor, type Tree } from '#domain/strategies/overlay.ts'
import { candleStrategy } from '#domain/strategies/registry.ts'

/** One parameter in force. */
export interface ExplainedParam {
  path: string
  value: unknown
  /** `default`, or the layer that sets it, e.g. `symbols.SOL`. */
  from: string
  /** `file:line`, or '' for a default. */
  where: string
}

/** Leaves of a tree as paths; a list is a leaf. */
export function leavesOf(root: Tree, path: readonly string[] = []): { path: string[]; value: unknown }[] {
  return Object.entries(root).flatMap(([key, value]) =>
    isTree(value) ? leavesOf(value, [...path, key]) : [{ path: [...path, key], value }],
  )
}

/** Parameters in force for a coin (null: for coins without differences of their own) in a mode. */
export function inForce(file: StrategyFile, coin: string | null, mode: SessionMode): Tree {
  const params = resolveStrategy(file, mode)
  const strategy = candleStrategy(params.strategy)
  const own = coin === null ? params : paramsFor(strategy, params, coin)
  const { symbols: _, ...rest } = { ...own } as Record<string, unknown>
  return rest
}

export function explainStrategy(
  file: StrategyFile,
  coin: string | null,
  mode: SessionMode,
): ExplainedParam[] {
  const layers = layersOf(file, coin, mode)
  const isUser = file.shape.strategy === 'user'
  return leavesOf(inForce(file, coin, mode)).map(({ path, value }) => {
    const inLayer = isUser && path[0] === 'params' ? path.slice(1) : path
    const layer = layers.findLast(({ tree }) => valueAt(tree, inLayer) !== undefined)
    const isHead = path.length === 1 && valueAt(file.shape as unknown as Tree, path) !== undefined
    if (layer) {
      const from = { from: layer.name, where: file.where([...layer.path, ...inLayer]) }
      return { path: path.join('.'), value, ...from }
    }
    return {
      path: path.join('.'),
      value,
      from: isHead ? 'file' : 'default',
      where: isHead ? file.where(path) : '',
    }
  })
}

/** Paths that differ between two sets of parameters in force. */
export function diffParams(a: Tree, b: Tree): { path: string; a: unknown; b: unknown }[] {
  const [left, right] = [a, b].map(
    (each) => new Map(leavesOf(each).map(({ path, value }) => [path.join('.'), value])),
  )
  const paths = [...new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])])].sort()
  return paths.flatMap((path) => {
    const [was, now] = [left?.get(path), right?.get(path)]
    return JSON.stringify(was) === JSON.stringify(now) ? [] : [{ path, a: was, b: now }]
  })
}
