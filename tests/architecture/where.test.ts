/** `npm run where` shows one feature across the layers, in the order of the flow. */
import { expect, test } from 'vitest'
import { where } from './where.ts'

test('it lists a file with its first sentence', () => {
  expect(where('fixed-point').some((line) => /^domain\/fixed-point\.ts\s+Exact decimals/.test(line))).toBe(
    true,
  )
})

test('domain comes before tests', () => {
  const folders = where('session').map((line) => line.split('/')[0] ?? '')
  expect(folders.indexOf('domain')).toBeLessThan(
    folders.lastIndexOf('cli') < 0 ? folders.length : folders.lastIndexOf('cli'),
  )
})

test('an unknown slug lists nothing', () => {
  expect(where('no-such-feature-anywhere')).toEqual([])
})
