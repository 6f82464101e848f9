/** A request that is answered with an error: what the connection's end is told. */
export class HttpRefusal extends Error {
  readonly status: number;
  /** The text of the response. */
  readonly text: string;
  /** Whether the connection is closed: what follows on it may not be a request. */
  readonly closes: boolean;

  /** `reason` is for the log. */
  constructor(status: number, reason: string, text = '', closes = true) {
    super(reason);
    this.name = 'HttpRefusal';
    this.status = status;
    this.text = text;
    this.closes = closes;
  }

  /** Too many bytes are in memory: the client may try again. */
  static busy(): HttpRefusal {
    const reason = 'the bodies in memory take too much already';
    return new HttpRefusal(503, reason, `503 Service Unavailable\n${reason}\n`);
  }
}
