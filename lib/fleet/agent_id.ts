import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { MillraceError, systemCode, toError } from '../error.ts';

const form = /^[0-9a-f]{16}$/;

/**
 * The id by which this process is known to those that it sends to: 16 hex digits in the file at `path`, drawn at the
 * first start. `random` gives numbers from 0 up to 1.
 * @throws MR_OPTION when the file can be neither read nor made, or holds something else
 */
export function agentIdIn(path: string, random: () => number): string {
  try {
    return readId(path) ?? drawId(path, random);
  } catch (thrown) {
    if (thrown instanceof MillraceError) throw thrown;
    const cause = toError(thrown);
    throw new MillraceError('MR_OPTION', `the id of this agent cannot be kept: ${cause.message}`, {
      cause,
    });
  }
}

function readId(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  if (form.test(text)) return text;
  // The end of the machine may have come between making and writing it.
  if (text === '') return undefined;
  throw new MillraceError(
    'MR_OPTION',
    `\`${path}\` holds no id of an agent: expected 16 hex digits`,
  );
}

function drawId(path: string, random: () => number): string {
  const digits = Array.from({ length: 16 }, () => Math.floor(random() * 16).toString(16));
  const id = digits.join('');
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, 'w');
  try {
    writeSync(file, `${id}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return id;
}
