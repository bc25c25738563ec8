/** A process that bundles workflow code and leaves: `node make-bundle.ts ENTRY OUT [STRATEGY…]`. The bundler's memory leaves with it. */
// Not here: whether a bundle is needed, and which strategies of the user belong into it (workers/bundle.ts).
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'
import { PROJECT_ROOT } from '#config/environment.ts'

const [workflowsPath = '', codePath = '', ...strategies] = process.argv.slice(2)

/** An entry that registers the strategies, in their given order, before it hands on to the workflows. */
function entryText(): string {
  const registry = join(PROJECT_ROOT, 'domain', 'strategies', 'user.ts')
  const imports = strategies.map((file, at) => `import { strategy as s${at} } from ${JSON.stringify(file)}`)
  return [
    `import { registerUserStrategies } from ${JSON.stringify(registry)}`,
    ...imports,
    `registerUserStrategies([${strategies.map((_, at) => `s${at}`).join(', ')}])`,
    `export * from ${JSON.stringify(workflowsPath)}`,
    '',
  ].join('\n')
}

const entry = `${codePath}.${process.pid}.entry.ts`
try {
  if (strategies.length > 0) writeFileSync(entry, entryText())
  const path = strategies.length > 0 ? entry : workflowsPath
  const { code } = await bundleWorkflowCode({
    workflowsPath: path,
    logger: new DefaultLogger('WARN'),
    // The entry may lie outside the project, where no packages are.
    webpackConfigHook: (config) => ({
      ...config,
      resolve: { ...config.resolve, modules: ['node_modules', join(PROJECT_ROOT, 'node_modules')] },
    }),
  })
  const beside = `${codePath}.${process.pid}.tmp`
  writeFileSync(beside, code)
  renameSync(beside, codePath)
} finally {
  rmSync(entry, { force: true })
}
