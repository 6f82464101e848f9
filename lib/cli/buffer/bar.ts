import { figure } from '../figures.ts';
import { openProgress, type Progress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';

/** What long work on chunk files tells as it goes on. */
export interface FileSteps {
  readonly onStart: (count: number) => void;
  readonly onFile: () => void;
}

/** Does work on chunk files under a bar that counts them. */
export async function withBar<T>(
  terminal: Terminal,
  label: string,
  isSilent: boolean,
  work: (steps: FileSteps) => Promise<T>,
): Promise<T> {
  let opening: Promise<Progress> | undefined;
  let progress: Progress | undefined;
  let done = 0;
  const steps: FileSteps = {
    onStart(total) {
      opening = openProgress(terminal, { label, total, print: figure, isSilent }).then((opened) => {
        progress = opened;
        opened.advance(done);
        return opened;
      });
    },
    onFile() {
      done += 1;
      progress?.advance(1);
    },
  };
  try {
    return await work(steps);
  } finally {
    (await opening)?.finish();
  }
}
