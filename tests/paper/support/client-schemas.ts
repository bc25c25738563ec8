/** JSON schemas of everything the exchange answers, generated from the response types that @nktkas/hyperliquid ships: no unknown field passes, none may be missing. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Ajv, type AnySchema, type ValidateFunction } from 'ajv'
import { createGenerator, type SchemaGenerator } from 'ts-json-schema-generator'
import { assert } from '#domain/errors.ts'

type Part = 'info' | 'subscription' | 'exchange'

const API = join(dirname(createRequire(import.meta.url).resolve('@nktkas/hyperliquid')), 'api')
const generators = new Map<Part, SchemaGenerator>()
const validators = new Map<string, ValidateFunction>()
const ajv = new Ajv({ allErrors: true, strict: false })

/** Text that the client's types only call `string`, by field name: what it must look like. */
const DECIMAL = /^-?\d+\.\d+$/
const HASH = /^0x[0-9a-f]{64}$/
const ADDRESS = /^0x[0-9a-f]{40}$/
const PATTERNS: Readonly<Record<string, RegExp>> = {
  ...Object.fromEntries<RegExp>(
    [
      ...[
        'px',
        'sz',
        'limitPx',
        'origSz',
        'triggerPx',
        'fee',
        'closedPnl',
        'startPosition',
        'builderFee',
        'szi',
        'usdc',
        'fundingRate',
      ],
      ...[
        'entryPx',
        'positionValue',
        'unrealizedPnl',
        'returnOnEquity',
        'marginUsed',
        'accountValue',
        'totalNtlPos',
        'totalRawUsd',
      ],
      ...[
        'totalMarginUsed',
        'withdrawable',
        'markPx',
        'oraclePx',
        'prevDayPx',
        'dayNtlVlm',
        'dayBaseVlm',
        'openInterest',
        'funding',
      ],
      ...['o', 'c', 'h', 'l', 'v', 'cumVlm', 'executedSz', 'executedNtl', 'lowerBound', 'spread', 'vlm'],
    ].map((name): [string, RegExp] => [name, DECIMAL]),
  ),
  hash: HASH,
  user: ADDRESS,
  cloid: /^0x[0-9a-f]{32}$/,
}

function generator(part: Part): SchemaGenerator {
  const known = generators.get(part)
  if (known) return known
  const tsconfig = join(mkdtempSync(join(tmpdir(), 'client-schemas-')), 'tsconfig.json')
  const compilerOptions = {
    target: 'es2022',
    module: 'nodenext',
    moduleResolution: 'nodenext',
    strict: true,
    skipLibCheck: true,
  }
  writeFileSync(tsconfig, JSON.stringify({ compilerOptions, include: [] }))
  const made = createGenerator({
    path: join(API, part, 'mod.d.ts'),
    tsconfig,
    skipTypeCheck: true,
    additionalProperties: false,
    expose: 'export',
    jsDoc: 'none',
  })
  generators.set(part, made)
  return made
}

function validator(part: Part, type: string): ValidateFunction {
  const key = `${part}/${type}`
  const known = validators.get(key)
  if (known) return known
  const made = ajv.compile({ ...generator(part).createSchema(type) } as AnySchema)
  validators.set(key, made)
  return made
}

/** Sentences about what is wrong with a value that should be of a client type; empty when it fits. */
export function shapeFaults(part: Part, type: string, value: unknown): string[] {
  const validate = validator(part, type)
  const faults = validate(value)
    ? []
    : (validate.errors ?? []).map(
        ({ instancePath, message, params }) => `${type}${instancePath} ${message} ${JSON.stringify(params)}`,
      )
  return [...faults, ...textFaults(type, value)]
}

function textFaults(path: string, value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, field]) => {
    const pattern = PATTERNS[name]
    const here = `${path}/${name}`
    if (pattern && typeof field === 'string' && !pattern.test(field)) return [`${here} is "${field}"`]
    if (typeof field === 'number' && !Number.isSafeInteger(field) && name !== 'discount')
      return [`${here} is ${field}`]
    return textFaults(here, field)
  })
}

/** Version of the client whose types these are. */
export function clientVersion(): string {
  const file = join(API, '..', '..', 'package.json')
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  assert(version !== '', 'the client has a version')
  return version
}

/** Names of the requests or subscriptions that the client has methods for. */
export const clientMethods = (part: Part): string[] =>
  readdirSync(join(API, part, '_methods'))
    .filter((name) => name.endsWith('.d.ts'))
    .map((name) => name.slice(0, -'.d.ts'.length))
