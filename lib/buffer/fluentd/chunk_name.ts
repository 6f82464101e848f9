/*
 * Fluentd's names of chunk files:
 *
 *     PREFIX.{b|q}HEX.SUFFIX      buffer `file`: b is staged, q queued; beside it lies NAME.meta
 *     fsb.KEY.{b|q}HEX.buf        buffer `file_single`: KEY is the tag, or one field's value, percent-encoded
 */

/** What the name of a chunk file of Fluentd says. */
export interface FluentdName {
  /** 32 hex digits. */
  readonly id: string;
  readonly state: 'staged' | 'queued';
  /** The name with `*` where key, state and id stand: files of one buffer have it in common. */
  readonly pattern: string;
  /** Of a `file_single` buffer: what its events have in common. */
  readonly singleKey: string | undefined;
}

/** Reads the name of a file; undefined when it is no chunk's. */
export function parseFluentdName(name: string): FluentdName | undefined {
  const match = /^(.*)\.([bq])([0-9a-f]{32})\.([^/]+)$/s.exec(name);
  const [, prefix, letter, id, suffix] = match ?? [];
  if (prefix === undefined || id === undefined || suffix === undefined) return undefined;
  if (suffix === 'meta' || suffix.endsWith('.meta')) return undefined;
  const isSingle = prefix.startsWith('fsb.') && suffix === 'buf';
  return {
    id,
    state: letter === 'b' ? 'staged' : 'queued',
    pattern: isSingle ? 'fsb.*.buf' : `${prefix}.*.${suffix}`,
    singleKey: isSingle ? percentDecoded(prefix.slice('fsb.'.length)) : undefined,
  };
}

/**
 * Names that the metadata of a chunk file may have. Fluentd renames the two files one after the other: killed between,
 * it leaves a queued chunk whose metadata has the name of a staged one's.
 */
export function metaNamesOf(name: string, { id, state }: FluentdName): readonly string[] {
  const own = `${name}.meta`;
  return state === 'staged' ? [own] : [own, own.replace(`.q${id}.`, `.b${id}.`)];
}

/** As bytes: what was escaped need not be UTF-8. */
function percentDecoded(text: string): string {
  const latin = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(latin, 'latin1').toString();
}
