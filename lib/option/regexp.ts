import { MillraceError, toError } from '../error.ts';
import { compileOnigmo } from '../event/onigmo.ts';

/** A regular expression as it stands in a configuration: Ruby's source and flags (`i`, `m`, `x`). */
export interface RegexpText {
  readonly source: string;
  readonly flags: string;
}

/**
 * Takes `/source/flags` or a bare source apart. As in Fluentd, one or two letters behind the last slash that
 * are no flags mean nothing.
 * @throws MR_OPTION when a text that starts with a slash does not end with one, flags aside
 */
export function splitRegexp(text: string): RegexpText {
  if (!text.startsWith('/')) return { source: text, flags: '' };
  const end = text.lastIndexOf('/');
  const letters = text.slice(end + 1);
  if (letters.length > 2 && !/^[imx]+$/.test(letters)) {
    throw new MillraceError(
      'MR_OPTION',
      `expected a regular expression between slashes, not \`${text}\``,
      { hint: 'write `/source/`, with the flags i, m and x behind it if need be' },
    );
  }
  const flags = [...'imx'].filter((flag) => letters.includes(flag)).join('');
  return { source: text.slice(1, Math.max(end, 1)), flags };
}

/**
 * Compiles a regular expression in Ruby's syntax: `/source/imx` or a bare source.
 * @throws MR_OPTION when the flags or the source are not understood
 */
export function compileRegexp(text: string): RegExp {
  const { source, flags } = splitRegexp(text);
  try {
    return compileOnigmo(source, {
      ignoresCase: flags.includes('i'),
      dotMatchesLineBreak: flags.includes('m'),
      isExtended: flags.includes('x'),
    });
  } catch (cause) {
    const reason = toError(cause).message;
    throw new MillraceError('MR_OPTION', `\`${text}\` is not a regular expression: ${reason}`, {
      cause,
    });
  }
}
