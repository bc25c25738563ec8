/** Settings of following other people's trading: how many, from which score on, whom closely, and what is worth a row. */
import { z } from 'zod'

export const TradersSettings = z.strictObject({
  enabled: z.boolean().default(true).describe('follow traders of the leaderboard'),
  tracked_max: z.int().min(1).max(5_000).default(500).describe('most traders to track'),
  score_min: z.number().default(50).describe('least score of a tracked trader, points'),
  pinned: z
    .array(z.string().regex(/^0x[0-9a-fA-F]{40}$/))
    .max(10)
    .default([])
    .describe(
      'addresses followed by their own streams besides the tape; the best scored fill the places left',
    ),
  pinned_max: z
    .int()
    .min(0)
    .max(10)
    .default(2)
    .describe(
      'traders with streams of their own; the venue allows ten users an address, own accounts included',
    ),
  change_min: z
    .number()
    .min(0)
    .max(1)
    .default(0.01)
    .describe('least change of a position that is stored, fraction; openings, closings and flips always are'),
  checkpoint_ms: z
    .int()
    .min(1_000)
    .default(15_000)
    .describe('how often positions are written down for the next start, milliseconds'),
  leaderboard_url: z.url().optional().describe("the leaderboard document; unset: the network's own"),
  infer: z
    .boolean()
    .default(true)
    .describe('prefer traders that seem to hold something, judged by the leaderboard alone'),
})
export type TradersSettings = z.infer<typeof TradersSettings>
