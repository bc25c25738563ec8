/** A process that bundles workflow code and leaves: `node make-bundle.ts ENTRY OUT`. The bundler's memory leaves with it. */
// Not here: whether a bundle is needed (workers/bundle.ts).
import { renameSync, writeFileSync } from 'node:fs'
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'

const [workflowsPath = '', codePath = ''] = process.argv.slice(2)
const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') })
const beside = `${codePath}.${process.pid}.tmp`
writeFileSync(beside, code)
renameSync(beside, codePath)
