const quote = 0x22;
const backslash = 0x5c;
const ones = 0x01010101;
const tops = 0x80808080 | 0;

const isOrdinary = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte !== quote && byte !== backslash ? 1 : 0,
);

/**
 * The place of the first byte from a place on that cannot stand in a JSON string for itself: a quote, a backslash or
 * a control character; the end when there is none. `view` is one of the same bytes: four at a time take a third of the time.
 */
export function endOfText(view: DataView, bytes: Buffer, from: number): number {
  const wordsEnd = bytes.length - 3;
  let at = from;
  while (at < wordsEnd && isOrdinaryWord(view.getInt32(at, true))) at += 4;
  while (isOrdinary[bytes[at] ?? 0] === 1) at += 1;
  return at;
}

/** Whether all four bytes of a word are ordinary: three subtractions tell by the top bit of each byte. */
function isOrdinaryWord(word: number): boolean {
  const quotes = word ^ (quote * ones);
  const backslashes = word ^ (backslash * ones);
  const found =
    ((quotes - ones) & ~quotes) |
    ((backslashes - ones) & ~backslashes) |
    ((word - 0x20 * ones) & ~word);
  return (found & tops) === 0;
}
