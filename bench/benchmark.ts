/** What a file of this folder exports to be a benchmark. */

/** Names end in their unit: `_ms`, `_s`, `_per_s`, `_bytes`, `_ratio`. */
export type Metrics = Readonly<Record<string, number>>

export interface BenchmarkOptions {
  /** A short run that shows that it works; its figures are rough. */
  quick: boolean
  seed: number
  /** Progress for people, on standard error. */
  say(line: string): void
}

export interface Benchmark {
  run(options: BenchmarkOptions): Promise<Metrics>
}
