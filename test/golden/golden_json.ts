/** Reads a line of a suite: JSON whose integers beyond 2^53 become bigints. */
export function parseGolden(line: string): unknown {
  return JSON.parse(markBigIntegers(line), (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(marker)
      ? BigInt(value.slice(marker.length))
      : value,
  );
}

const marker = '\u0000bigint:';

/** Turns integers of 16 digits and more that are unsafe, outside of strings, into marked strings. */
function markBigIntegers(line: string): string {
  return line.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token))
      ? `"\\u0000bigint:${token}"`
      : token,
  );
}
