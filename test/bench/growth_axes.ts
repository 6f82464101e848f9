import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../e2e/program.ts';
import { writeBacklog } from '../scale/backlog.ts';
import { type Configuration, configurations } from './configurations.ts';
import { inputFile } from './inputs.ts';
import type { ForwardLoad } from './peers/setup.ts';
import type { Sink } from './peers/start.ts';
import { projectWords } from './run_job.ts';
import type { Trial } from './trial.ts';

/** Something that grows. */
export interface Axis {
  readonly name: string;
  readonly unit: string;
  readonly sizes: readonly number[];
  /** The cost is that of an event, or of so many bytes of records, which are then what is moved. */
  readonly isByBytes?: boolean;
  /** Prepares a trial of a size in an empty folder. */
  prepare(size: number, place: AxisPlace): Promise<Trial>;
}

/** Where a trial of an axis lies. */
export interface AxisPlace {
  readonly folder: string;
  /** Where inputs stay. */
  readonly inputs: string;
  readonly sink: Sink;
  /** About how many events. */
  readonly events: number;
}

const recordVolume = 100e6;
const backlogChunkBytes = 8.4e6;
const frames = { framesAChunk: 128, eventsAFrame: 690, state: 'queued' } as const;

/** Everything that may grow; the largest backlog in GB. */
export function growthAxes(largestBacklog: number): readonly Axis[] {
  return [
    {
      name: 'tags',
      unit: 'tags',
      sizes: [1, 10, 100, 1000],
      prepare: (tags, place) => relayTrial(place, { tags, eventsAMessage: 100 }),
    },
    {
      name: 'files',
      unit: 'tailed files',
      sizes: [1, 10, 100, 1000, 10_000],
      prepare: tailTrial,
    },
    {
      name: 'connections',
      unit: 'connections',
      sizes: [1, 10, 100, 500, 2000],
      prepare: (connections, place) => relayTrial(place, { connections, eventsAMessage: 20 }),
    },
    {
      name: 'records',
      unit: 'bytes a record',
      sizes: [100, 1000, 10_000, 100_000, 1_000_000],
      isByBytes: true,
      prepare: (recordBytes, place) => {
        const eventsAMessage = Math.max(1, Math.floor(65_536 / recordBytes));
        const events = Math.floor(recordVolume / recordBytes);
        return relayTrial({ ...place, events }, { recordBytes, eventsAMessage });
      },
    },
    {
      name: 'backlog',
      unit: 'MB of backlog',
      sizes: [10, 100, 1000, 10_000, 50_000].filter((size) => size <= largestBacklog * 1000),
      prepare: backlogTrial,
    },
  ];
}

/** A relay that does nothing: what its start costs is no cost of events. */
export function idleTrial(place: AxisPlace): Promise<Trial> {
  return relayTrial({ ...place, events: 1 }, { eventsAMessage: 1 });
}

async function relayTrial(place: AxisPlace, given: Partial<ForwardLoad>): Promise<Trial> {
  const { eventsAMessage = 1 } = given;
  const messages = Math.ceil(place.events / eventsAMessage);
  const port = await freePort();
  const load: ForwardLoad = {
    kind: 'forward',
    port,
    events: messages * eventsAMessage,
    eventsAMessage,
    connections: 2,
    mode: 'packed',
    tags: 1,
    ...given,
  };
  return trialOf(place, configurations.relay, '', load, messages * eventsAMessage);
}

async function tailTrial(files: number, place: AxisPlace): Promise<Trial> {
  const lines = readFileSync(inputFile(place.inputs, 'json', place.events), 'latin1').split('\n');
  const folder = join(place.folder, 'in');
  mkdirSync(folder);
  const each = Math.floor(place.events / files);
  for (let file = 0; file < files; file += 1) {
    const text = `${lines.slice(file * each, (file + 1) * each).join('\n')}\n`;
    writeFileSync(join(folder, `${file}.log`), text);
  }
  return trialOf(place, configurations.tailForward, `${folder}/*.log`, undefined, each * files);
}

async function backlogTrial(megabytes: number, place: AxisPlace): Promise<Trial> {
  const chunks = Math.ceil((megabytes * 1e6) / backlogChunkBytes);
  writeBacklog({ ...frames, chunks, folder: join(place.folder, 'buffer') });
  const events = chunks * frames.framesAChunk * frames.eventsAFrame;
  return trialOf(place, configurations.relay, '', undefined, events);
}

async function trialOf(
  { folder, sink }: AxisPlace,
  configuration: Configuration,
  input: string,
  load: ForwardLoad | undefined,
  expected: number,
): Promise<Trial> {
  const inPort = load?.port ?? (await freePort());
  const file = join(folder, 'millrace.conf');
  writeFileSync(
    file,
    configuration({ folder, input, inPort, outPort: sink.port, durability: 'os' }),
  );
  return { processes: [{ words: projectWords(file), folder, load }], sink, expected };
}
