import type { OriginPart } from './frame_origin.ts';

const longestList = 1000;

/** The origins in one chunk, as short as can be: intervals that follow one another become one. */
export class OriginList {
  #parts: OriginPart[] | undefined = [];
  #lastOfSource: Map<string, number> | undefined;

  add(origin: OriginPart): void {
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
      parts[index] = { ...origin, begin: last.begin, low: Math.max(last.low, origin.low) };
      return;
    }
    this.#lastOfSource ??= new Map();
    this.#lastOfSource.set(key, parts.length);
    parts.push(origin);
    if (parts.length > longestList) {
      this.#parts = undefined;
      this.#lastOfSource = undefined;
    }
  }

  /** Undefined when they were too many to list. */
  get parts(): readonly OriginPart[] | undefined {
    return this.#parts;
  }
}
