import type { IncomingMessage } from 'node:http';
import { whenAborted } from '../../lib/clock.ts';
import { entriesBatch } from '../../lib/codec/batch.ts';
import type { Form } from '../../lib/codec/form.ts';
import { recordsOf } from '../../lib/codec/http_records.ts';
import { decodeUtf8 } from '../../lib/codec/text.ts';
import { MillraceError, toError } from '../../lib/error.ts';
import {
  copyRecord,
  type Entry,
  type EventRecord,
  type MutableRecord,
  setField,
} from '../../lib/event/entry.ts';
import { EventTime } from '../../lib/event/time.ts';
import { compileTimeParser } from '../../lib/event/time_parse.ts';
import { type HttpAnswer, HttpExchanges } from '../../lib/net/http_exchange.ts';
import { HttpRefusal } from '../../lib/net/http_refusal.ts';
import {
  fieldsOf,
  headerFields,
  remoteAddressOf,
  targetOf,
  upperSnake,
} from '../../lib/net/http_request.ts';
import { listenHttp } from '../../lib/net/http_server.ts';
import { Refusals } from '../../lib/net/refusals.ts';
import { serverTls, transportShape } from '../../lib/net/tls_transport.ts';
import * as option from '../../lib/option/declare.ts';
import type { Parsed } from '../../lib/option/option.ts';
import type { PluginContext } from '../../lib/plugin/context.ts';
import type { Emit, Input, ParsedEntry } from '../../lib/plugin/contract.ts';
import { defineInput } from '../../lib/plugin/define.ts';
import { nested } from '../../lib/plugin/nested.ts';
import { RareWarning } from '../../lib/plugin/rare_warning.ts';
import { compileRecordTime } from '../../lib/plugin/record_time.ts';

const mebibyte = 1024 * 1024;
const stopGraceMs = 10_000;
const handshakeTimeoutMs = 60_000;

const emptyImage = Buffer.from(
  '4749463839610100010080ff00ffffff0000002c00000000010001000002024401003b',
  'hex',
);

const options = {
  port: option.integer({
    doc: 'TCP port to listen on; 0 is any free one.',
    default: 9880,
    min: 0,
    max: 65_535,
  }),
  bind: option.string({ doc: 'Address to listen on.', default: '0.0.0.0' }),
  bodySizeLimit: option.size({ doc: 'A longer body is refused with 413.', default: 32 * mebibyte }),
  decompressionSizeLimit: option.size({
    doc: 'A compressed body that holds more is refused with 413.',
    default: 256 * mebibyte,
  }),
  keepaliveTimeout: option.duration({
    doc: 'A connection without a request for so long is closed.',
    default: 10_000,
  }),
  backlog: option.integer({ doc: 'So many connections may wait to be accepted.', min: 1 }),
  addHttpHeaders: option.boolean({
    doc: 'Every record gets the headers of its request: `HTTP_USER_AGENT`.',
    default: false,
  }),
  addRemoteAddr: option.boolean({
    doc: 'Every record gets the address of the client as `REMOTE_ADDR`; behind proxies, the first in `X-Forwarded-For`.',
    default: false,
  }),
  addQueryParams: option.boolean({
    doc: 'Every record gets the parameters of the query: `QUERY_KEY`.',
    default: false,
  }),
  addTagPrefix: option.string({ doc: 'Put before each tag, with a dot.' }),
  corsAllowOrigins: option.array({
    doc: 'Origins whose pages may send here: `*`, or origins with one `*` each. Without it, any request is taken and no page can read the answer.',
  }),
  corsAllowCredentials: option.boolean({
    doc: 'Pages may send credentials; `cors_allow_origins` must then name origins.',
    default: false,
  }),
  respondWithEmptyImg: option.boolean({
    doc: 'The answer is an image of one pixel, for pages that send by `<img>`.',
    default: false,
  }),
  use204Response: option.boolean({
    doc: 'The answer is 204, not 200. (Also as Fluentd spells it: `use_204_response`.)',
    default: false,
    // Which is what this becomes in a configuration.
    aliases: ['use_204Response'],
  }),
  dumpErrorLog: option.boolean({ doc: 'Requests that are refused are logged.', default: true }),
  blockingTimeout: option.duration({
    doc: 'Accepted for Fluentd, where it says how often the event loop looks up.',
    default: 500,
  }),
  transport: option.section(transportShape, {
    doc: 'How connections are secured.',
    argument: 'protocol',
  }),
  parse: nested('parser', {
    doc: 'How a body is read, whatever its content type. Default: by its content type, see parser `in_http`.',
  }),
};

export default defineInput({
  type: 'http',
  doc: 'Takes events by HTTP: a POST to `/a/b` brings events of the tag `a.b` as JSON, a JSON list, lines of JSON, MessagePack, or a form with one of them. The answer comes when they are stored: 200, or 503 when they could not be.',
  options,
  hints({ bind, port, transport }, tag) {
    if (transport?.protocol === 'tls') return [];
    const host = bind === '0.0.0.0' ? 'localhost' : bind;
    return [
      `curl -X POST -H 'Content-Type: application/json' -d '{"message": "hello"}' http://${host}:${port}/${tag}`,
    ];
  },
  create(given, context): Input {
    const { corsAllowOrigins, corsAllowCredentials } = given;
    const namesOrigins = corsAllowOrigins !== undefined && !corsAllowOrigins.includes('*');
    if (corsAllowCredentials && !namesOrigins) {
      throw new MillraceError(
        'MR_OPTION',
        '`cors_allow_credentials` needs `cors_allow_origins` to name origins, without `*`',
      );
    }
    const readEntries = compileEntries(given, context);
    const answer = answerOf(given);

    async function accept(
      request: IncomingMessage,
      body: Uint8Array,
      emit: Emit,
    ): Promise<HttpAnswer> {
      const { path, query } = targetOf(request);
      const entries = readOrRefuse(() => readEntries(request, query, body));
      if (entries.length > 0) await store(tagOf(path, given.addTagPrefix), entries, emit);
      return answer;
    }

    const warning = new RareWarning(context);
    const tls = serverTls(given.transport, { ...context, labels: { input: context.id } });
    const refusals = new Refusals(context.id, context.metrics, (...told) => warning.warn(...told));
    const onRefused: Refusals['byUs'] = (...refusal) => refusals.byUs(...refusal);
    return {
      async run(emit, signal) {
        const exchanges = new HttpExchanges({
          bodyLimitBytes: given.bodySizeLimit,
          decompressionLimitBytes: given.decompressionSizeLimit,
          cors: { allowedOrigins: corsAllowOrigins, allowsCredentials: corsAllowCredentials },
          signal,
          accept: (request, body) => accept(request, body, emit),
          onRefused(request, { status, message: reason }) {
            const client = remoteAddressOf(request);
            if (!given.dumpErrorLog) return;
            // While a disk is full, each request is refused.
            const fields = { status, reason, path: request.url, client };
            warning.warn(String(status), 'a request was refused', fields);
          },
        });
        const listener = await listenHttp(
          {
            host: given.bind,
            port: given.port,
            backlog: given.backlog,
            bodyLimitBytes: given.bodySizeLimit,
            keepaliveTimeoutMs: given.keepaliveTimeout,
            tls: tls && { ...tls, handshakeTimeoutMs, clock: context.clock, onRefused },
          },
          (request, response) => void exchanges.answer(request, response),
        );
        context.log.info('listening', { address: given.bind, port: listener.port });
        await whenAborted(signal);
        await listener.close(context.clock, stopGraceMs);
      },
    };
  },
});

function answerOf({ respondWithEmptyImg, use204Response }: Parsed<typeof options>): HttpAnswer {
  if (respondWithEmptyImg)
    return { status: 200, contentType: 'image/gif; charset=utf-8', body: emptyImage };
  return { status: use204Response ? 204 : 200, contentType: 'text/plain', body: '' };
}

/** The path's parts joined by dots; empty ones at its end do not count. */
function tagOf(path: string, prefix: string | undefined): string {
  const tag = path.slice(1).replace(/\/+$/, '').replaceAll('/', '.');
  return prefix === undefined ? tag : `${prefix}.${tag}`;
}

/** Hands entries on; resolves when they are stored. @throws HttpRefusal 503 when they could not be */
async function store(tag: string, entries: readonly Entry[], emit: Emit): Promise<void> {
  const batch = entriesBatch(tag, entries);
  await emit(batch);
  const outcome = await batch.delivery.settled;
  if (outcome.ok) return;
  const { message } = outcome.cause;
  throw new HttpRefusal(503, message, `503 Service Unavailable\n${message}\n`, false);
}

/** Reads the events of a request. It throws when anything in the request is no event. */
type EntryReader = (request: IncomingMessage, query: Form, body: Uint8Array) => Entry[];

function compileEntries(given: Parsed<typeof options>, context: PluginContext): EntryReader {
  const { clock } = context;
  const readParsed = compileBody(given, context);
  return (request, query, body) => {
    const { fields, parsed } = readParsed(request, query, body);
    const { sec, nsec } = clock.now();
    const now = new EventTime(sec, nsec);
    const time = fields.get('time');
    const timeOfAll = time === undefined ? undefined : (timeIn(time) ?? now);
    const additions = additionsOf(given, request, query);
    return parsed(timeOfAll === undefined).map((entry) => ({
      time: timeOfAll ?? entry.time ?? now,
      record: additions === undefined ? entry.record : merge(entry.record, additions),
    }));
  };
}

/** The fields of a request, and its events; `takesTime`: the time is taken out of the records. */
interface ReadBody {
  readonly fields: Form;
  readonly parsed: (takesTime: boolean) => readonly ParsedEntry[];
}

function compileBody(
  { parse }: Parsed<typeof options>,
  context: PluginContext,
): (request: IncomingMessage, query: Form, body: Uint8Array) => ReadBody {
  if (parse === undefined || parse.plugin.type === 'in_http') {
    const takeTime = compileRecordTime(parse, context);
    return (request, query, body) => {
      const fields = fieldsOf(request.headers['content-type'] ?? '', query, body);
      const records = recordsOf(fields);
      const parsed = (takesTime: boolean): readonly ParsedEntry[] =>
        records.map((record) => (takesTime ? takeTime(record) : { time: null, record }));
      return { fields, parsed };
    };
  }
  const parser = context.make(parse);
  const notParsed = `the body is not what parser \`${parse.plugin.type}\` reads`;
  return (_, query, body) => {
    const parsed = (parser.parse(body) ?? [null]).map((entry) => {
      if (entry === null) throw new MillraceError('MR_EVENT', notParsed);
      return entry;
    });
    return { fields: query, parsed: () => parsed };
  };
}

const readSeconds = compileTimeParser({ type: 'float' });

/** The time in a parameter; undefined when it is 0 or no number, which means now. */
function timeIn(parameter: Uint8Array): EventTime | undefined {
  try {
    const time = readSeconds(String(decodeUtf8(parameter)));
    return time.sec === 0 && time.nsec === 0 ? undefined : time;
  } catch {
    return undefined;
  }
}

/** What every record of a request gets besides its own fields; undefined when that is nothing. */
function additionsOf(
  given: Parsed<typeof options>,
  request: IncomingMessage,
  query: Form,
): EventRecord | undefined {
  if (!given.addHttpHeaders && !given.addQueryParams && !given.addRemoteAddr) return undefined;
  const additions: MutableRecord = given.addHttpHeaders ? headerFields(request) : {};
  for (const [name, value] of given.addQueryParams ? query : []) {
    setField(additions, `QUERY_${upperSnake(name)}`, decodeUtf8(value));
  }
  if (given.addRemoteAddr) setField(additions, 'REMOTE_ADDR', remoteAddressOf(request));
  return additions;
}

function merge(record: EventRecord, additions: EventRecord): EventRecord {
  const merged = copyRecord(record);
  for (const [field, value] of Object.entries(additions)) setField(merged, field, value);
  return merged;
}

/** @throws HttpRefusal 400 with the reason for which `read` throws */
function readOrRefuse(read: () => Entry[]): Entry[] {
  try {
    return read();
  } catch (thrown) {
    const { message } = toError(thrown);
    throw new HttpRefusal(400, message, `400 Bad Request\n${message}\n`, false);
  }
}
