import { Fn, Token } from 'aws-cdk-lib/core';

/** Parts that the range is cut into, one for each possible zone and two to spare. */
const PARTS = 8;
const MAX_ZONES = 6;

/**
 * Zones and ranges of the subnets.
 *
 * The range is always cut into eight parts, so that another zone later leaves the subnets that exist as they are. Zones
 * given by number are picked at deployment: no look-up at synthesis, and any number in a stack without a region.
 */
export function planSubnets(cidr: string, zones: number | readonly string[]): { zone: string; cidr: string }[] {
  const count = typeof zones === 'number' ? zones : zones.length;
  const hostBits = 32 - prefixLength(cidr) - Math.log2(PARTS);
  const ranges = Fn.cidr(cidr, PARTS, String(hostBits));
  return Array.from({ length: count }, (_, i) => ({
    zone: typeof zones === 'number' ? Fn.select(i, Fn.getAzs()) : (zones[i] ?? ''),
    cidr: Fn.select(i, ranges),
  }));
}

export function validateAddresses(path: string, cidr: string, zones: number | readonly string[]): void {
  // A token has no length to cut subnets from, so it is refused like any other text that is not a range.
  if (Token.isUnresolved(cidr) || !isRange(cidr)) {
    throw new Error(
      `${path}: 'cidr' must be an IPv4 range with 16 to 25 bits of prefix, known at synthesis, such as 10.0.0.0/16, got: ${cidr}`,
    );
  }
  const count = typeof zones === 'number' ? zones : zones.length;
  if (!Number.isInteger(count) || count < 1 || count > MAX_ZONES) {
    throw new Error(`${path}: 'zones' must be 1 to ${MAX_ZONES} zones, got: ${count}`);
  }
  if (typeof zones !== 'number' && new Set(zones).size < zones.length) {
    throw new Error(`${path}: 'zones' must name each zone once, got: ${zones.join(', ')}`);
  }
}

const prefixLength = (cidr: string): number => Number(cidr.split('/')[1]);

/** Whether the text is the first address of a range, a slash and a prefix length that leaves subnets of /28 or more. */
function isRange(cidr: string): boolean {
  if (!/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/.test(cidr)) {
    return false;
  }
  const bytes = (cidr.split('/')[0] ?? '').split('.').map(Number);
  const address = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const length = prefixLength(cidr);
  return bytes.every(byte => byte <= 255) && length >= 16 && length <= 25 && address % 2 ** (32 - length) === 0;
}
