import { modulo } from '../event/civil.ts';
import { localZone, parseZone, regionZone, type TimeZone, utcZone } from '../event/time_zone.ts';
import type { BufferPlan } from './options.ts';

/**
 * The zone that time slices follow: UTC if so configured, else `timekey_zone`, else that of the process.
 * @throws MR_TIME when `timekey_zone` is unknown
 */
export function sliceZone(options: BufferPlan['options'], timeZone: string | undefined): TimeZone {
  if (options.timekeyUseUtc) return utcZone;
  if (options.timekeyZone !== undefined) return parseZone(options.timekeyZone);
  if (timeZone === undefined) return localZone;
  if (timeZone === 'UTC') return utcZone;
  return /^[+-]/.test(timeZone) ? parseZone(timeZone) : regionZone(timeZone);
}

/** Start of the slice of `timekeyMs` that holds `sec`, in seconds since the epoch; slices begin at local midnight or a multiple of it. */
export function sliceStart(sec: number, timekeyMs: number, zone: TimeZone): number {
  return Math.floor(sec - modulo(sec + zone.offsetAt(sec), timekeyMs / 1000));
}
