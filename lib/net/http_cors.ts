import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

/** Which pages of other origins may send here. */
export interface CorsRules {
  /** Origins, possibly with one `*` each; undefined: nobody asks. */
  readonly allowedOrigins: readonly string[] | undefined;
  readonly allowsCredentials: boolean;
}

/** Whether a request of this origin is taken: with rules, one without an origin is not, unless `*` is allowed. */
export function isAllowed(rules: CorsRules, origin: string | undefined): boolean {
  const { allowedOrigins } = rules;
  if (allowedOrigins === undefined || allowedOrigins.includes('*')) return true;
  return origin !== undefined && allowedOrigins.some((allowed) => matches(allowed, origin));
}

/** The headers with which a browser lets a page read the answer. */
export function corsHeaders(rules: CorsRules, origin: string | undefined): OutgoingHttpHeaders {
  const { allowedOrigins, allowsCredentials } = rules;
  if (allowedOrigins === undefined) return {};
  if (allowedOrigins.includes('*')) return { 'Access-Control-Allow-Origin': '*' };
  if (origin === undefined || !isAllowed(rules, origin)) return {};
  return {
    'Access-Control-Allow-Origin': origin,
    ...(allowsCredentials && { 'Access-Control-Allow-Credentials': 'true' }),
  };
}

/** The answer to a preflight request; undefined when it is refused. */
export function preflightHeaders(
  rules: CorsRules,
  headers: IncomingHttpHeaders,
): OutgoingHttpHeaders | undefined {
  const { origin } = headers;
  if (rules.allowedOrigins === undefined || !isAllowed(rules, origin)) return undefined;
  if (headers['access-control-request-method'] !== 'POST') return undefined;
  return {
    'Access-Control-Allow-Methods': 'POST',
    'Access-Control-Allow-Headers': headers['access-control-request-headers'] ?? '',
    ...corsHeaders(rules, origin),
  };
}

function matches(allowed: string, origin: string): boolean {
  const star = allowed.indexOf('*');
  if (star < 0) return allowed === origin;
  const isLongEnough = origin.length >= allowed.length - 1;
  return (
    isLongEnough &&
    origin.startsWith(allowed.slice(0, star)) &&
    origin.endsWith(allowed.slice(star + 1))
  );
}
