import { parseOffset } from './time_zone.ts';

/**
 * Seconds east of UTC of a zone as texts name it: `+09:00`, `Z`, `JST`, `GMT+1`; undefined when it is unknown.
 * Abbreviations mean what they mean to Ruby, so `CST` and `IST` are the American and the Indian one.
 */
export function offsetOfZoneText(text: string): number | undefined {
  const upper = text.toUpperCase();
  const hours = zoneHours.get(upper);
  if (hours !== undefined) return hours * 3600;
  const withoutPrefix = upper.replace(/^(?:GMT|UTC)(?=[+-])/, '');
  return parseOffset(withoutPrefix);
}

/** Matches a zone within a text, for expressions that look for one. */
export const zonePattern =
  '[+-]\\d{1,2}(?::?\\d\\d(?::?\\d\\d)?)?|(?:gmt|utc)[+-]\\d{1,2}(?::?\\d\\d)?|[a-z]{1,5}(?![a-z])';

const zoneHours: ReadonlyMap<string, number> = new Map([
  ['Z', 0],
  ['UTC', 0],
  ['UT', 0],
  ['GMT', 0],
  ['WET', 0],
  ['WEST', 1],
  ['BST', 1],
  ['CET', 1],
  ['MET', 1],
  ['WAT', 1],
  ['CEST', 2],
  ['MEST', 2],
  ['EET', 2],
  ['SAST', 2],
  ['EEST', 3],
  ['EAT', 3],
  ['MSK', 3],
  ['MSD', 4],
  ['PKT', 5],
  ['IST', 5.5],
  ['HKT', 8],
  ['SGT', 8],
  ['AWST', 8],
  ['JST', 9],
  ['KST', 9],
  ['AEST', 10],
  ['AEDT', 11],
  ['NZST', 12],
  ['NZDT', 13],
  ['BRT', -3],
  ['ART', -3],
  ['NDT', -2.5],
  ['NST', -3.5],
  ['ADT', -3],
  ['AST', -4],
  ['EDT', -4],
  ['EST', -5],
  ['CDT', -5],
  ['CST', -6],
  ['MDT', -6],
  ['MST', -7],
  ['PDT', -7],
  ['PST', -8],
  ['AKDT', -8],
  ['AKST', -9],
  ['HST', -10],
]);
