import { toRegExp } from 'oniguruma-to-es';
import { MillraceError } from '../error.ts';

/**
 * Compiles a regular expression in Ruby's syntax: `/source/imx` or a bare source.
 * @throws MR_OPTION when the flags or the source are not understood
 */
export function compileRegexp(text: string): RegExp {
  const literal = /^\/(.*)\/([a-z]*)$/s.exec(text);
  const source = literal?.[1] ?? text;
  const flags = literal?.[2] ?? '';
  if (!/^[imx]*$/.test(flags)) {
    throw new MillraceError('MR_OPTION', `expected only the flags i, m and x, not \`${flags}\``);
  }
  const own = [...new Set(flags)].join('');
  try {
    const regexp = toRegExp(own === '' ? source : `(?${own})${source}`, { global: false });
    return regexp;
  } catch (cause) {
    throw new MillraceError(
      'MR_OPTION',
      `\`${text}\` is not a regular expression: ${String(cause)}`,
      { cause },
    );
  }
}
