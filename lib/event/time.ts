/** A moment in UTC: whole seconds since the epoch and nanoseconds 0..999_999_999, kept on every hop. */
export class EventTime {
  readonly sec: number;
  readonly nsec: number;

  constructor(sec: number, nsec: number) {
    this.sec = sec;
    this.nsec = nsec;
  }

  /** From milliseconds since the epoch; fractions down to the nanosecond are kept as far as the number holds them. */
  static fromMs(ms: number): EventTime {
    const sec = Math.floor(ms / 1000);
    return carry(sec, Math.round((ms - sec * 1000) * 1e6));
  }

  /** From seconds since the epoch with a fraction, rounded to a nanosecond. */
  static fromSeconds(seconds: number): EventTime {
    const sec = Math.floor(seconds);
    return carry(sec, Math.round((seconds - sec) * 1e9));
  }

  /** Seconds with the fraction, as exact as a double can be. */
  toSeconds(): number {
    return this.sec + this.nsec / 1e9;
  }

  /** Milliseconds since the epoch, rounded down. */
  toMs(): number {
    return this.sec * 1000 + Math.floor(this.nsec / 1e6);
  }
}

function carry(sec: number, nsec: number): EventTime {
  return nsec >= 1e9 ? new EventTime(sec + 1, nsec - 1e9) : new EventTime(sec, nsec);
}
