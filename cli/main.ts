/** Entry of the `holdfast` command: turns the compile cache on before anything large is loaded. */
// Not here: the verbs (program.ts).
import { useCompileCache } from '#cli/compile-cache.ts'

useCompileCache()
// A reader that has seen enough, as in `holdfast status | head`, is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})
const { runCommand } = await import('#cli/program.ts')
await runCommand(process.argv.slice(2))
