/** What `ID.reason.json` says of a dead letter. */
export interface LetterReason {
  readonly outputId: string;
  readonly tag: string;
  readonly reason: string;
  readonly attempts: number;
  readonly count: number;
  readonly createdAt: string | undefined;
  readonly firstFailedAt: string | undefined;
  readonly diedAt: string | undefined;
}

/** Reads the reason of a dead letter; undefined when it is damaged. */
export function parseLetterReason(text: string): LetterReason | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // whoever looks at the events should not be kept from them
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(value));
  const textOf = (name: string): string | undefined => {
    const field = fields.get(name);
    return typeof field === 'string' ? field : undefined;
  };
  return {
    outputId: textOf('outputId') ?? '',
    tag: textOf('tag') ?? '',
    reason: textOf('reason') ?? '',
    attempts: Number(fields.get('attempts') ?? 0),
    count: Number(fields.get('count') ?? 0),
    createdAt: textOf('createdAt'),
    firstFailedAt: textOf('firstFailedAt'),
    diedAt: textOf('diedAt'),
  };
}
