/** Hexadecimal digits of whole numbers, byte by byte from a table: ids and hashes are written in the hottest paths. */

const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Four digits. @param value whole, 0 … 2^16 − 1 */
export const hex16 = (value: number): string => `${BYTES[value >>> 8]}${BYTES[value & 255]}`

/** Eight digits. @param value whole, 0 … 2^32 − 1 */
export const hex32 = (value: number): string => `${hex16(value >>> 16)}${hex16(value & 0xffff)}`
