/** What a sender of the forward protocol offers. */
export interface ForwardLoad {
  readonly kind: 'forward';
  readonly port: number;
  /** Undefined: it goes on until it is ended. */
  readonly events: number | undefined;
  readonly eventsAMessage: number;
  readonly connections: number;
  /** `packed`: many events a message, with acks; `message`: one a message, without. */
  readonly mode: 'packed' | 'message';
  /** Messages take turns in so many tags. */
  readonly tags: number;
  /** A record of one string of so many bytes; undefined: as in the JSON lines. */
  readonly recordBytes?: number | undefined;
}

/** What a client of HTTP posts: the lines of a file, as JSON arrays. */
export interface HttpLoad {
  readonly kind: 'http';
  readonly port: number;
  readonly input: string;
  readonly eventsARequest: number;
  readonly connections: number;
}

/** What is sent to a trial's processes. */
export type Load = ForwardLoad | HttpLoad;

/** What the server of the forward protocol tells, when it listens and while it counts. */
export interface SinkReport {
  readonly port: number;
  readonly events: number;
}
