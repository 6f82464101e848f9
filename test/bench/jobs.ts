import { type Configuration, configurations } from './configurations.ts';
import type { LaneOf } from './content.ts';
import type { InputKind } from './inputs.ts';

/** A way of events from an input to an output. */
export interface Job {
  readonly name: string;
  /** The guard runs it, and it is run with `fsync` too. */
  readonly isMain: boolean;
  readonly configuration: Configuration;
  /** Its lines are tailed, or posted. */
  readonly input?: InputKind;
  readonly entrance: 'tail' | 'forward' | 'message' | 'http';
  readonly exit: 'file' | 'forward';
  /** The program in `floor/`, and what becomes of a line in it. */
  readonly floor: string;
  readonly form: string;
  /** Which lines keep their order among each other; undefined: all. */
  readonly laneOf?: LaneOf;
}

/** So many records are in one HTTP request, and so many connections post them. */
export const httpRecords = 100;
export const httpConnections = 4;

const fileJob = { entrance: 'tail', exit: 'file', floor: 'line_file' } as const;
const userOf: LaneOf = ({ user }) => String(user);
const connectionOf: LaneOf = ({ seq }) =>
  String(Math.floor(Number(seq) / httpRecords) % httpConnections);

/** Every job. */
export const jobs: readonly Job[] = [
  {
    ...fileJob,
    name: 'tail-json-file',
    isMain: true,
    configuration: configurations.jsonFile,
    input: 'json',
    form: 'json',
  },
  {
    ...fileJob,
    name: 'nginx-file',
    isMain: true,
    configuration: configurations.nginxFile,
    input: 'nginx',
    form: 'nginx',
  },
  {
    name: 'tail-forward',
    isMain: true,
    configuration: configurations.tailForward,
    input: 'json',
    entrance: 'tail',
    exit: 'forward',
    floor: 'tail_forward',
    form: '',
  },
  {
    name: 'relay',
    isMain: true,
    configuration: configurations.relay,
    entrance: 'forward',
    exit: 'forward',
    floor: 'relay',
    form: '',
  },
  {
    name: 'message-relay',
    isMain: false,
    configuration: configurations.relay,
    entrance: 'message',
    exit: 'forward',
    floor: 'relay',
    form: '',
  },
  {
    name: 'http-file',
    isMain: false,
    configuration: configurations.httpFile,
    input: 'untimed',
    entrance: 'http',
    exit: 'file',
    floor: 'http_file',
    form: 'plain',
    laneOf: connectionOf,
  },
  {
    ...fileJob,
    name: 'regexp-file',
    isMain: false,
    configuration: configurations.regexpFile,
    input: 'syslog',
    form: 'regexp',
  },
  {
    ...fileJob,
    name: 'five-filters',
    isMain: false,
    configuration: configurations.filtersFile,
    input: 'json',
    form: 'filters',
  },
  {
    ...fileJob,
    name: 'fan-out',
    isMain: false,
    configuration: configurations.fanOut,
    input: 'json',
    floor: 'fan_out',
    form: 'untimed',
    laneOf: userOf,
  },
];
