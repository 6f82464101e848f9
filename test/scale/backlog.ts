import { closeSync, mkdirSync, openSync, writevSync } from 'node:fs';
import { join } from 'node:path';
import { encodeHead } from '../../lib/buffer/store/chunk_head.ts';
import { formatChunkId } from '../../lib/buffer/store/chunk_id.ts';
import { FileChunk, type FileState, fileNameOf } from '../../lib/buffer/store/file_chunk.ts';
import { encodeFooter } from '../../lib/buffer/store/footer.ts';
import { encodeFrameHead, type Frame } from '../../lib/buffer/store/frame.ts';
import { encodeEntries } from '../../lib/codec/entry_codec.ts';
import { EventTime } from '../../lib/event/time.ts';

/** What a process that was killed has left. */
export interface BacklogSetup {
  readonly folder: string;
  readonly chunks: number;
  readonly framesAChunk: number;
  readonly eventsAFrame: number;
  readonly state: FileState;
}

const store = '5ca1ab1e0000';
const epoch = Date.UTC(2024, 0, 1);

/** Fills a buffer folder with chunks, each with a tag of its own, as the store writes them; returns how many bytes. */
export function writeBacklog(setup: BacklogSetup): number {
  const { folder, chunks, framesAChunk, eventsAFrame, state } = setup;
  mkdirSync(folder, { recursive: true });
  const entries = Array.from({ length: eventsAFrame }, (_, n) => ({
    time: new EventTime(1_700_000_000 + n, 0),
    record: {
      n,
      text: `event ${n} of a backlog that was left behind by a process that was killed`,
    },
  }));
  const frame: Frame = {
    content: encodeEntries(entries),
    count: eventsAFrame,
    isCompressed: false,
    origin: undefined,
    onStored: () => {},
  };
  let bytes = 0;
  for (let counter = 0; counter < chunks; counter += 1) {
    const id = formatChunkId({ store, epoch, counter });
    const tag = `app.${counter}`;
    const key = { tag, timekey: undefined, variables: new Map() };
    const { seed } = new FileChunk(id, epoch, state);
    const head = encodeHead({ id, createdMs: epoch, tag, key, isFormatted: false });
    const frameHead = encodeFrameHead(frame, seed);
    const pieces = [head, ...repeated([frameHead, frame.content], framesAChunk)];
    if (state === 'queued') {
      const totals = {
        frames: framesAChunk,
        count: framesAChunk * eventsAFrame,
        contentBytes: framesAChunk * frame.content.length,
      };
      pieces.push(encodeFooter({ ...totals, createdMs: epoch, head, origins: [] }, seed));
    }
    const file = openSync(join(folder, fileNameOf(id, state)), 'wx');
    bytes += writevSync(file, pieces);
    closeSync(file);
  }
  return bytes;
}

function repeated(pieces: readonly Uint8Array[], times: number): Uint8Array[] {
  return Array.from({ length: times }, () => pieces).flat();
}
