import { closeSync, existsSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../lib/testing/seeded_random.ts';

/** What the lines of an input look like. */
export type InputKind = 'json' | 'untimed' | 'nginx' | 'syslog';

type LineMaker = (index: number, random: () => number) => string;

const agent =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36';
const startSeconds = 1_700_000_000;
const writeCharacters = 1 << 20;
/** How many users there are: the chunk keys of the fan-out. */
const users = 200;

/** About 300 bytes each; the time moves one second in a thousand lines. */
export const lineMakers: Readonly<Record<InputKind, LineMaker>> = {
  json: (index, random) =>
    JSON.stringify({ time: startSeconds + Math.floor(index / 1000), ...request(index, random) }),
  untimed: (index, random) => JSON.stringify(request(index, random)),
  nginx: (index, random) => {
    const { host, user, method, path, code, size, referer } = request(index, random);
    const time = `14/Nov/2023:22:${minute(index)}:${second(index)} +0000`;
    return `${host} - ${user} [${time}] "${method} ${path}&seq=${index} HTTP/1.1" ${code} ${size} "${referer}" "${agent}"`;
  },
  syslog: (index, random) => {
    const { host, path, code, size } = request(index, random);
    const time = `Nov 14 22:${minute(index)}:${second(index)}`;
    const text = `request ${index} for ${path} was answered with ${code} and ${size} bytes, connection kept alive`;
    return `${time} ip-${host.replaceAll('.', '-')} gateway[${1000 + (index % 97)}]: ${text}`;
  },
};

/** The file with so many lines of a kind, the same for the same seed; it is written when it is not there. */
export function inputFile(folder: string, kind: InputKind, lines: number, seed = 1): string {
  const path = join(folder, `${kind}-${lines}-${seed}.log`);
  if (existsSync(path)) return path;
  const random = seededRandom(seed);
  const file = openSync(`${path}.new`, 'w');
  let text = '';
  for (let index = 0; index < lines; index += 1) {
    text += `${lineMakers[kind](index, random)}\n`;
    if (text.length > writeCharacters) {
      writeSync(file, text);
      text = '';
    }
  }
  writeSync(file, text);
  closeSync(file);
  renameSync(`${path}.new`, path);
  return path;
}

function request(index: number, random: () => number) {
  const upTo = (limit: number): number => Math.floor(random() * limit);
  return {
    host: `10.0.${upTo(256)}.${upTo(256)}`,
    user: `user-${upTo(users)}`,
    method: upTo(7) > 0 ? 'GET' : 'POST',
    path: `/items/${upTo(10_000)}/detail?ref=${upTo(31)}`,
    code: upTo(50) > 0 ? 200 : 404,
    size: 1000 + upTo(50_000),
    referer: `https://www.example.com/list?page=${upTo(100)}`,
    agent,
    rt: upTo(1000) / 1000,
    seq: index,
  };
}

function minute(index: number): string {
  return String(Math.floor(index / 60_000) % 60).padStart(2, '0');
}

function second(index: number): string {
  return String(Math.floor(index / 1000) % 60).padStart(2, '0');
}
