import { rubyFloat } from './ruby_text.ts';

/** What an unquoted YAML text means. */
export interface YamlScalarValue {
  readonly value: string | number | bigint | boolean | null;
  /** The value as JSON text, where a float keeps its point: `1.0`. */
  readonly json: string;
}

/** A text as it is. */
export function textScalar(text: string): YamlScalarValue {
  return { value: text, json: JSON.stringify(text) };
}

/**
 * The value of an unquoted text as Fluentd's YAML reader has it (YAML 1.1 with Ruby's habits: `1:30` counts
 * in sixties, `010` is octal, `1e3` is text). A date and a `:symbol` stay text, since no option takes them.
 */
export function plainScalar(text: string): YamlScalarValue {
  if (/^(?:null|~|)$/i.test(text)) return { value: null, json: 'null' };
  if (/^(?:yes|true|on)$/i.test(text)) return { value: true, json: 'true' };
  if (/^(?:no|false|off)$/i.test(text)) return { value: false, json: 'false' };
  if (/^[^\d.:-]?[\p{L}_\s!@#$%^&*(){}<>|/\\~;=]/u.test(text)) return textScalar(text);
  const infinite = /^([-+]?)\.inf$/i.exec(text);
  if (infinite !== null) return float(infinite[1] === '-' ? -Infinity : Infinity);
  if (/^\.nan$/i.test(text)) return float(Number.NaN);
  if (/^[-+]?\d[\d_]*(?::[0-5]?\d){1,2}$/.test(text)) return integer(BigInt(inSixties(text)));
  if (/^[-+]?\d[\d_]*(?::[0-5]?\d){1,2}\.[\d_]*$/.test(text)) return float(inSixties(text));
  if (/^[-+]?(?:\d[\d_,]*)?\.\d*(?:[eE][-+]\d+)?$/.test(text) && /\d/.test(text)) {
    return float(Number(text.replace(/[,_]/g, '')));
  }
  const digits = text.replace(/[,_]/g, '');
  const sign = digits.startsWith('-') ? -1n : 1n;
  const bare = digits.replace(/^[-+]/, '');
  if (/^[-+]?(?:0|[1-9](?:\d|[,_]\d)*)$/.test(text)) return integer(sign * BigInt(bare));
  if (/^[-+]?0[0-7_,]+$/.test(text)) return integer(sign * BigInt(`0o${bare}`));
  if (/^[-+]?0(?:b[01_,]+|x[\da-fA-F_,]+)$/.test(text) && bare.length > 2) {
    return integer(sign * BigInt(bare));
  }
  return textScalar(text);
}

function integer(exact: bigint): YamlScalarValue {
  const value = Number(exact);
  return { value: Number.isSafeInteger(value) ? value : exact, json: String(exact) };
}

function float(value: number): YamlScalarValue {
  return { value, json: Number.isFinite(value) ? rubyFloat(value) : 'null' };
}

/** The first part counts in 3600, the second in 60, as Ruby does even when there are only two. */
function inSixties(text: string): number {
  const parts = text.replaceAll('_', '').split(':').map(Number);
  return parts.reduce((sum, part, index) => sum + part * 60 ** (2 - index), 0);
}
