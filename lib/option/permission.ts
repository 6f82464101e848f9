import { MillraceError } from '../error.ts';

/** Reads the permissions of a file in octal digits, for `custom` options. */
export const permission = {
  type: 'permission',
  fromText: readOctal,
  print: (mode: number) => `0${mode.toString(8)}`,
};

function readOctal(text: string): number {
  if (/^0?[0-7]{3,4}$/.test(text)) return Number.parseInt(text, 8);
  throw new MillraceError('MR_OPTION', `expected permissions such as 0644, not \`${text}\``);
}
