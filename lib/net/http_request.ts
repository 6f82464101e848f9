import type { IncomingMessage } from 'node:http';
import { type Form, parseForm } from '../codec/form.ts';
import { boundaryIn, parseMultipart } from '../codec/multipart.ts';
import { type MutableRecord, setField } from '../event/entry.ts';

/** What a request is for. */
export interface RequestTarget {
  /** As it came, percent signs and all. */
  readonly path: string;
  readonly query: Form;
}

/** Splits the target of a request, which may also be a whole URL (to a proxy). */
export function targetOf(request: IncomingMessage): RequestTarget {
  const target =
    (request.url ?? '/').replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').split('#', 1)[0] ?? '';
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  return { path, query: parseForm(Buffer.from(mark < 0 ? '' : target.slice(mark + 1), 'latin1')) };
}

/**
 * The fields of a request: those of the query, and the body's by its content type, which come first.
 * @throws MR_CODEC when a multipart form is damaged or its boundary not told
 */
export function fieldsOf(contentType: string, query: Form, body: Uint8Array): Form {
  const type = /^[^;\s]*/.exec(contentType)?.[0].toLowerCase() ?? '';
  switch (type) {
    case 'application/x-www-form-urlencoded':
      return new Map([...query, ...parseForm(body)]);
    case 'multipart/form-data':
      return new Map([...query, ...parseMultipart(body, boundaryIn(contentType))]);
    case 'application/json':
    case 'application/csp-report':
      return new Map([...query, ['json', body]]);
    case 'application/msgpack':
      return new Map([...query, ['msgpack', body]]);
    case 'application/x-ndjson':
      return new Map([...query, ['ndjson', body]]);
    default:
      return query;
  }
}

/** The headers of a request as fields of a record: `HTTP_USER_AGENT`; a list where a header stands several times. */
export function headerFields(request: IncomingMessage): MutableRecord {
  const all = new Map<string, string[]>();
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const name = `HTTP_${upperSnake(request.rawHeaders[index] ?? '')}`;
    const values = all.get(name) ?? [];
    values.push(request.rawHeaders[index + 1] ?? '');
    all.set(name, values);
  }
  const fields: MutableRecord = {};
  for (const [name, values] of all) {
    setField(fields, name, values.length === 1 ? (values[0] ?? '') : values);
  }
  return fields;
}

/** The address that a request comes from: what the first proxy saw, if proxies say so. */
export function remoteAddressOf(request: IncomingMessage): string {
  const forwarded = request.headers['x-forwarded-for'];
  const chain = typeof forwarded === 'string' ? forwarded : forwarded?.[0];
  const first = chain?.split(',', 1)[0]?.trim();
  if (first !== undefined && first !== '') return first;
  return (request.socket.remoteAddress ?? '').replace(/^::ffff:(?=\d)/, '');
}

/** `user-agent` as `USER_AGENT`. */
export function upperSnake(name: string): string {
  return name.replaceAll('-', '_').toUpperCase();
}
