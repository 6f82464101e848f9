import { MillraceError } from '../error.ts';
import type { LineBreak } from './line_table.ts';

/** How the bytes of a text in some encoding are read. */
export interface TextDecoding {
  readonly lineBreak: LineBreak;
  /** Bytes at the begin of a file that only tell its encoding. */
  readonly byteOrderMark: Uint8Array;
  /** Undefined: the bytes are taken as they are. Otherwise every byte sequence gives a text; U+FFFD stands for what is wrong in it. */
  readonly decode: ((bytes: Uint8Array) => string) | undefined;
}

/** Names of Ruby's that stand for bytes without an encoding. */
const binaryNames = new Set(['ascii-8bit', 'binary']);
/** Names of Ruby's that no standard of the web knows. */
const otherNames: { readonly [name: string]: string } = {
  cp932: 'windows-31j',
  sjis: 'shift_jis',
  eucjp: 'euc-jp',
};
const utf8Mark = Uint8Array.of(0xef, 0xbb, 0xbf);

/** Reads text as it is: UTF-8, or whatever it may be. */
export const plainDecoding: TextDecoding = {
  lineBreak: 'byte',
  byteOrderMark: utf8Mark,
  decode: undefined,
};

/** How text of an encoding is read. @throws MR_OPTION when there is no such encoding */
export function textDecoding(encoding: string): TextDecoding {
  const name = encoding.toLowerCase();
  if (binaryNames.has(name)) return plainDecoding;
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    decoder = new TextDecoder(otherNames[name] ?? name, { ignoreBOM: true });
  } catch (cause) {
    throw new MillraceError('MR_OPTION', `\`${encoding}\` is no encoding that is known`, { cause });
  }
  if (decoder.encoding === 'utf-8') return plainDecoding;
  const decode = (bytes: Uint8Array): string => decoder.decode(bytes);
  if (decoder.encoding === 'utf-16le') {
    return { lineBreak: 'utf16le', byteOrderMark: Uint8Array.of(0xff, 0xfe), decode };
  }
  if (decoder.encoding === 'utf-16be') {
    return { lineBreak: 'utf16be', byteOrderMark: Uint8Array.of(0xfe, 0xff), decode };
  }
  return { lineBreak: 'byte', byteOrderMark: Uint8Array.of(), decode };
}
