/** Public addresses of the exchange's networks. */

/** Base URL of each network; `paper` is where the paper exchange listens unless told otherwise. */
export const NETWORK_URL = {
  paper: 'http://127.0.0.1:4001',
  testnet: 'https://api.hyperliquid-testnet.xyz',
  mainnet: 'https://api.hyperliquid.xyz',
} as const
