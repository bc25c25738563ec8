/** The verbs of the `holdfast` command: finds the one that is asked for and loads only what it needs. */
// Not here: the entry (main.ts), the verbs themselves, one file each.
import { Command, CommanderError } from 'commander'
import { exitCodeOf, reportError } from '#cli/output.ts'
import { adoptRunningStack } from '#config/running-stack.ts'

interface Verb {
  words: readonly string[]
  summary: string
  /** Talks to the running stack of the state folder. */
  usesStack?: true
  register(program: Command): Promise<void>
}

/** In the order of the help text. Each file registers its own verbs; only the one that is asked for is loaded. */
const VERBS: readonly Verb[] = [
  {
    words: ['up'],
    summary: 'start everything and keep it running',
    register: async (program) => (await import('#cli/up.ts')).registerUp(program),
  },
  {
    words: ['down'],
    summary: 'stop everything in order',
    register: async (program) => (await import('#cli/down.ts')).registerDown(program),
  },
  {
    words: ['status'],
    summary: 'services, sessions, memory',
    register: async (program) => (await import('#cli/status.ts')).registerStatus(program),
  },
  {
    words: ['doctor'],
    summary: 'check this machine and this stack, with hints',
    register: async (program) => (await import('#cli/doctor.ts')).registerDoctor(program),
  },
  {
    words: ['config'],
    summary: 'check or show the settings',
    register: async (program) => (await import('#cli/config.ts')).registerConfig(program),
  },
  {
    words: ['session'],
    usesStack: true,
    summary: 'start, stop, list, report, explain sessions',
    register: async (program) => (await import('#cli/session.ts')).registerSession(program),
  },
  {
    words: ['explain'],
    usesStack: true,
    summary: 'what was decided, which gate stopped what, with the numbers',
    register: async (program) => (await import('#cli/explain.ts')).registerExplain(program),
  },
  {
    words: ['analyst'],
    usesStack: true,
    summary: 'trades with reasons, gates that blocked, missed moves, the market in flags',
    register: async (program) => (await import('#cli/analyst.ts')).registerAnalyst(program),
  },
  {
    words: ['kill'],
    usesStack: true,
    summary: 'stop trading now, verified at the exchange',
    register: async (program) => (await import('#cli/kill.ts')).registerKill(program),
  },
  {
    words: ['replay'],
    usesStack: true,
    summary: 'run a recorded history again: same decisions?',
    register: async (program) => (await import('#cli/replay.ts')).registerReplay(program),
  },
  {
    words: ['pnl'],
    usesStack: true,
    summary: 'profit and loss, reconciled',
    register: async (program) => (await import('#cli/pnl.ts')).registerPnl(program),
  },
  {
    words: ['tracking-error'],
    usesStack: true,
    summary: 'accounts against their models, and why they differ',
    register: async (program) => (await import('#cli/tracking-error.ts')).registerTrackingError(program),
  },
  {
    words: ['export'],
    usesStack: true,
    summary: 'CSV of fills, funding, realised result per lot',
    register: async (program) => (await import('#cli/export.ts')).registerExport(program),
  },
  {
    words: ['traders'],
    usesStack: true,
    summary: 'traders of the leaderboard: who is tracked, why, what they hold',
    register: async (program) => (await import('#cli/traders.ts')).registerTraders(program),
  },
  {
    words: ['signals'],
    usesStack: true,
    summary: 'signals of tracked traders, and what the price did after them',
    register: async (program) => (await import('#cli/signals.ts')).registerSignals(program),
  },
  {
    words: ['backtest'],
    usesStack: true,
    summary: 'a strategy over recorded candles',
    register: async (program) => (await import('#cli/backtest.ts')).registerBacktest(program),
  },
  {
    words: ['sweep'],
    usesStack: true,
    summary: 'many backtests at once, ranked',
    register: async (program) => (await import('#cli/sweep.ts')).registerSweep(program),
  },
  {
    words: ['schedules'],
    usesStack: true,
    summary: 'apply or list the schedules',
    register: async (program) => (await import('#cli/schedules.ts')).registerSchedules(program),
  },
  {
    words: ['simulate'],
    summary: 'makers over recorded or synthetic books, at full speed',
    register: async (program) => (await import('#cli/simulate.ts')).registerSimulate(program),
  },
  {
    words: ['record'],
    summary: 'frames of a market into a file, for replay and simulate',
    register: async (program) => (await import('#cli/record.ts')).registerRecord(program),
  },
  {
    words: ['paper'],
    summary: 'the paper exchange alone',
    register: async (program) => (await import('#cli/paper.ts')).registerPaper(program),
  },
  {
    words: ['migrate', 'storage'],
    usesStack: true,
    summary: 'tables: migrate them, show their size',
    register: async (program) => (await import('#cli/data.ts')).registerData(program),
  },
  {
    words: ['sync'],
    usesStack: true,
    summary: 'the copy in a second database: status, run, verify, resync',
    register: async (program) => (await import('#cli/sync.ts')).registerSync(program),
  },
  {
    words: ['archive'],
    usesStack: true,
    summary: 'Parquet files of closed partitions: list, run, verify, restore',
    register: async (program) => (await import('#cli/archive.ts')).registerArchive(program),
  },
  {
    words: ['retention'],
    usesStack: true,
    summary: 'what is dropped when its days are over: status, run',
    register: async (program) => (await import('#cli/retention.ts')).registerRetention(program),
  },
  {
    words: ['backup'],
    summary: 'workflows, settings and kills for another machine: create, check, restore',
    register: async (program) => (await import('#cli/backup.ts')).registerBackup(program),
  },
  {
    words: ['provision'],
    usesStack: true,
    summary: 'accounts and schedules, for a stack without supervisor',
    register: async (program) => (await import('#cli/provision.ts')).registerProvision(program),
  },
]

async function runVerb(typed: readonly string[]): Promise<void> {
  const words = typed[0] === 'help' ? [...typed.slice(1), '--help'] : typed
  const program = new Command('holdfast')
    .description('Durable trading operations for Hyperliquid')
    .showHelpAfterError('(see holdfast --help)')
    .exitOverride()
  const asked = words.find((word) => !word.startsWith('-'))
  const verb = VERBS.find((each) => each.words.includes(asked ?? ''))
  if (verb?.usesStack) adoptRunningStack()
  if (verb) await verb.register(program)
  else for (const { words: names, summary } of VERBS) for (const name of names) program.command(name, summary)
  if (words.length === 0) return program.help()
  await program.parseAsync([...words], { from: 'user' })
}

/** Runs the command line; sets the exit code: 0 done, 1 failed, 2 bad input. */
export async function runCommand(words: readonly string[]): Promise<void> {
  try {
    await runVerb(words)
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
    else {
      reportError(error, words.includes('--json'))
      process.exitCode = exitCodeOf(error)
    }
  }
}
