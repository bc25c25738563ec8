/** Entry of the `holdfast` command: turns the compile cache on before anything large is loaded. */
// Not here: the verbs (program.ts).
import { useCompileCache } from '#cli/compile-cache.ts'

useCompileCache()
const { runCommand } = await import('#cli/program.ts')
await runCommand(process.argv.slice(2))
