import type { OriginPart } from './frame_origin.ts';

/** The origin of some events of a chunk, and how many they are. */
export interface ListedOrigin extends OriginPart {
  readonly count: number;
}

const longestList = 1000;

/** The origins in one chunk, as short as can be: intervals that follow one another become one. */
export class OriginList {
  #parts: ListedOrigin[] | undefined = [];
  #lastOfSource: Map<string, number> | undefined;

  add(origin: OriginPart, count: number): void {
    const parts = this.#parts;
    if (parts === undefined) return;
    const key = `${origin.epoch} ${origin.source}`;
    const index = this.#lastOfSource?.get(key);
    const last = index === undefined ? undefined : parts[index];
    if (
      index !== undefined &&
      last !== undefined &&
      last.parts === 1 &&
      origin.parts === 1 &&
      last.end === origin.begin
    ) {
      const low = Math.max(last.low, origin.low);
      parts[index] = { ...origin, begin: last.begin, low, count: last.count + count };
      return;
    }
    this.#lastOfSource ??= new Map();
    this.#lastOfSource.set(key, parts.length);
    parts.push({ ...origin, count });
    if (parts.length > longestList) {
      this.#parts = undefined;
      this.#lastOfSource = undefined;
    }
  }

  /** Undefined when they were too many to list. */
  get parts(): readonly ListedOrigin[] | undefined {
    return this.#parts;
  }
}
