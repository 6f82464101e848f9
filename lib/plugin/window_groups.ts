import type { Clock } from '../clock.ts';
import type { Delivery } from '../event/delivery.ts';
import type { EventValue } from '../event/entry.ts';
import type { EventTime } from '../event/time.ts';
import type { Aggregation } from './aggregate.ts';

/** How events fall into windows. */
export interface WindowRules {
  /** Milliseconds. */
  readonly size: number;
  /** Milliseconds. */
  readonly lateness: number;
  /** By the events' own times; otherwise by the clock at their arrival. */
  readonly isByEvent: boolean;
  readonly maxGroups: number;
  readonly clock: Clock;
  readonly startAggregation: () => Aggregation;
}

/** Events of one tag with the same values in some fields. */
export interface Group {
  readonly key: string;
  readonly tag: string;
  readonly values: readonly EventValue[];
  /** By their starts. */
  readonly open: Map<number, OpenWindow>;
  /** Starts of windows that were passed on, but not for good: events for them are not late. */
  readonly reopened: Set<number>;
  /** The latest event time seen; a time ahead of the clock counts as the clock's. */
  seenMs: number;
}

/** One window of one group, in the making. */
export interface OpenWindow {
  readonly startMs: number;
  readonly group: Group;
  /** By the clock that never goes backwards. */
  readonly dueMs: number;
  /** Its time has passed once: it waits for the clock alone. */
  readonly isAgain: boolean;
  readonly aggregation: Aggregation;
  readonly deliveries: Delivery[];
}

/** A group whose results are never taken must not gather starts for ever. */
const reopenedLimit = 1000;

/** The open windows of all groups, in bounded number. */
export class Groups {
  readonly #rules: WindowRules;
  /** The group that had an event least recently comes first. */
  readonly #groups = new Map<string, Group>();
  /** Groups that have had events since windows were taken last. */
  readonly #touched = new Set<Group>();
  /** Windows that had to make room. */
  #leaving: OpenWindow[] = [];
  #openCount = 0;
  #nextDueMs = Number.POSITIVE_INFINITY;

  constructor(rules: WindowRules) {
    this.#rules = rules;
  }

  /** The window of an event, opened if need be; undefined when the event is late. */
  windowOf(
    key: string,
    tag: string,
    time: EventTime,
    valuesOf: () => readonly EventValue[],
  ): OpenWindow | undefined {
    const { size, clock, isByEvent } = this.#rules;
    const nowMs = clock.nowMs();
    const timeMs = isByEvent ? time.toMs() : nowMs;
    const startMs = Math.floor(timeMs / size) * size;
    const group = this.#groupOf(key, tag, valuesOf);
    const open = group.open.get(startMs);
    const isLate = open === undefined && this.#isPast(startMs, group);
    const isAgain = isLate && group.reopened.delete(startMs);
    group.seenMs = Math.max(group.seenMs, Math.min(timeMs, nowMs));
    if (open !== undefined || (isLate && !isAgain)) return open;
    return this.#open(group, startMs, nowMs, isAgain);
  }

  /** Takes out the windows that events have passed, and those that had to make room. */
  takePassed(): OpenWindow[] {
    const passed = this.#leaving;
    this.#leaving = [];
    for (const group of this.#touched) {
      for (const window of group.open.values()) {
        if (window.isAgain || !this.#isPast(window.startMs, group)) continue;
        this.#close(window);
        passed.push(window);
      }
    }
    this.#touched.clear();
    return passed;
  }

  /** Takes out the windows whose time is up by the clock. */
  takeDue(): OpenWindow[] {
    const nowMs = this.#rules.clock.monotonicMs();
    return this.#takeWhere((window) => window.dueMs <= nowMs);
  }

  takeAll(): OpenWindow[] {
    return this.#takeWhere(() => true);
  }

  /** Milliseconds until a window may be due; undefined when none is open. */
  dueInMs(): number | undefined {
    if (this.#openCount === 0) return undefined;
    return this.#nextDueMs - this.#rules.clock.monotonicMs();
  }

  /** Events for a window that was taken out are not late: its result came to nothing. */
  reopen({ group, startMs }: OpenWindow): void {
    group.reopened.delete(startMs);
    group.reopened.add(startMs);
    if (group.reopened.size <= reopenedLimit) return;
    for (const oldest of group.reopened) {
      group.reopened.delete(oldest);
      return;
    }
  }

  #isPast(startMs: number, { seenMs }: Group): boolean {
    const { isByEvent, size, lateness } = this.#rules;
    return isByEvent && startMs + size + lateness <= seenMs;
  }

  #groupOf(key: string, tag: string, valuesOf: () => readonly EventValue[]): Group {
    const found = this.#groups.get(key);
    if (found !== undefined && this.#touched.has(found)) return found;
    const group = found ?? {
      key,
      tag,
      values: valuesOf(),
      open: new Map(),
      reopened: new Set(),
      seenMs: Number.NEGATIVE_INFINITY,
    };
    this.#touched.add(group);
    this.#groups.delete(key);
    this.#groups.set(key, group);
    if (this.#groups.size > this.#rules.maxGroups) this.#evict(group);
    return group;
  }

  #open(group: Group, startMs: number, nowMs: number, isAgain: boolean): OpenWindow {
    const { size, lateness, isByEvent, clock, maxGroups, startAggregation } = this.#rules;
    while (this.#openCount >= maxGroups) this.#evict(group);
    const leftMs = startMs + size - nowMs;
    // Where the clock cannot say when the window ends, it is a whole window from now.
    const waitMs = leftMs > 0 && leftMs <= size ? leftMs : size;
    const dueMs = clock.monotonicMs() + waitMs + (isByEvent ? lateness : 0);
    const aggregation = startAggregation();
    const window = { startMs, group, dueMs, isAgain, aggregation, deliveries: [] };
    group.open.set(startMs, window);
    this.#openCount += 1;
    this.#nextDueMs = Math.min(this.#nextDueMs, dueMs);
    return window;
  }

  /** Closes the windows of the group that had an event least recently, and forgets it unless it is the one at hand. */
  #evict(atHand: Group): void {
    for (const group of this.#groups.values()) {
      for (const window of group.open.values()) {
        this.#close(window);
        this.reopen(window);
        this.#leaving.push(window);
      }
      if (group !== atHand) {
        this.#groups.delete(group.key);
        this.#touched.delete(group);
      }
      return;
    }
  }

  #takeWhere(isTaken: (window: OpenWindow) => boolean): OpenWindow[] {
    const taken: OpenWindow[] = [];
    let nextDueMs = Number.POSITIVE_INFINITY;
    for (const group of this.#groups.values()) {
      for (const window of group.open.values()) {
        if (isTaken(window)) {
          this.#close(window);
          taken.push(window);
        } else nextDueMs = Math.min(nextDueMs, window.dueMs);
      }
    }
    this.#nextDueMs = nextDueMs;
    return taken;
  }

  #close({ group, startMs }: OpenWindow): void {
    if (group.open.delete(startMs)) this.#openCount -= 1;
  }
}
