import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { toError } from '../error.ts';
import { ByteBudget } from './byte_budget.ts';
import { decodeBody, discardBody, readBody } from './http_body.ts';
import { type CorsRules, corsHeaders, isAllowed, preflightHeaders } from './http_cors.ts';
import { HttpRefusal } from './http_refusal.ts';

/** What a request is answered with. */
export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array | string;
}

/** How requests are taken. */
export interface ExchangeSettings {
  readonly bodyLimitBytes: number;
  readonly decompressionLimitBytes: number;
  readonly cors: CorsRules;
  /** No connection is kept once it is aborted. */
  readonly signal: AbortSignal;
  /** Takes a body and gives the answer. @throws HttpRefusal */
  readonly accept: (request: IncomingMessage, body: Uint8Array) => Promise<HttpAnswer>;
  /** Hears of each request that was refused. */
  readonly onRefused: (request: IncomingMessage, refusal: HttpRefusal) => void;
}

/** All bodies that are in memory together take no more than so many of the largest, and one unpacked. */
const bodiesInMemory = 8;

const textType = 'text/plain';
const nothing: HttpAnswer = { status: 200, contentType: textType, body: '' };

/** Answers the requests of a server: bodies in any number of them at a time, in order on each connection. */
export class HttpExchanges {
  readonly #settings: ExchangeSettings;
  readonly #budget: ByteBudget;
  readonly #last = new WeakMap<Socket, Promise<void>>();
  #unpacking: Promise<unknown> = Promise.resolve();

  constructor(settings: ExchangeSettings) {
    this.#settings = settings;
    const { bodyLimitBytes, decompressionLimitBytes } = settings;
    this.#budget = new ByteBudget(bodiesInMemory * bodyLimitBytes + decompressionLimitBytes);
  }

  /** Answers a request. Never rejects. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A client may send its next request before it has read the answer to the last one.
    const earlier = this.#last.get(request.socket) ?? Promise.resolve();
    const answered = earlier.then(() => this.#exchange(request, response));
    this.#last.set(request.socket, answered);
    return answered;
  }

  async #exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { cors, onRefused } = this.#settings;
    try {
      if (request.method === 'GET' || request.method === 'HEAD') {
        this.#send(response, nothing, {}, true);
      } else if (request.method === 'OPTIONS') {
        const headers = preflightHeaders(cors, request.headers);
        const answer = headers === undefined ? { ...nothing, status: 403 } : nothing;
        this.#send(response, answer, headers ?? {}, true);
      } else {
        this.#send(response, await this.#accept(request), corsOf(cors, request), false);
      }
    } catch (thrown) {
      const refusal = thrown instanceof HttpRefusal ? thrown : internal(thrown);
      onRefused(request, refusal);
      const { status, text: body, closes } = refusal;
      const answer = { status, contentType: textType, body };
      this.#send(response, answer, closes ? {} : corsOf(cors, request), closes);
    }
  }

  async #accept(request: IncomingMessage): Promise<HttpAnswer> {
    const { bodyLimitBytes: limitBytes, cors, accept } = this.#settings;
    const budget = this.#budget;
    if (!isAllowed(cors, request.headers.origin)) {
      await discardBody(request, limitBytes);
      throw new HttpRefusal(403, `the origin ${request.headers.origin ?? '(none)'} is not allowed`);
    }
    let heldBytes = 0;
    const hold = (bytes: number): void => {
      heldBytes += bytes;
    };
    try {
      const body = await readBody(request, { limitBytes, budget }, hold);
      return await accept(request, await this.#unpack(request, body, hold));
    } finally {
      budget.give(heldBytes);
    }
  }

  /** One body at a time is unpacked: until it is, nobody knows what it will take. */
  async #unpack(
    request: IncomingMessage,
    body: Buffer,
    hold: (bytes: number) => void,
  ): Promise<Uint8Array> {
    const encoding = request.headers['content-encoding']?.trim().toLowerCase();
    if (encoding === undefined) return body;
    const limitBytes = this.#settings.decompressionLimitBytes;
    const unpacked = this.#unpacking.then(async () => {
      const contents = await decodeBody(body, encoding, limitBytes);
      if (contents !== body) {
        if (!this.#budget.take(contents.length)) throw HttpRefusal.busy();
        hold(contents.length);
      }
      return contents;
    });
    this.#unpacking = unpacked.catch(() => {});
    return unpacked;
  }

  #send(
    response: ServerResponse,
    answer: HttpAnswer,
    headers: OutgoingHttpHeaders,
    closes: boolean,
  ): void {
    if (response.destroyed) return;
    const isKept = !closes && response.shouldKeepAlive && !this.#settings.signal.aborted;
    response.writeHead(answer.status, {
      'Content-Type': answer.contentType,
      ...(answer.status !== 204 && { 'Content-Length': Buffer.byteLength(answer.body) }),
      Connection: isKept ? 'Keep-Alive' : 'close',
      ...headers,
    });
    response.end(answer.body);
  }
}

function corsOf(cors: CorsRules, request: IncomingMessage): OutgoingHttpHeaders {
  return corsHeaders(cors, request.headers.origin);
}

function internal(thrown: unknown): HttpRefusal {
  return new HttpRefusal(500, toError(thrown).message, '500 Internal Server Error\n');
}
