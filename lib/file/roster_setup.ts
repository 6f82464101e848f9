import type { FileRecords } from './file_records.ts';
import type { FileTable } from './file_table.ts';
import type { OpenFiles } from './open_files.ts';
import type { Sources } from './sources.ts';
import type { TailSetup } from './tail_setup.ts';
import type { TailedFile } from './tailed_file.ts';

/** What a roster works with. */
export interface RosterSetup extends TailSetup {
  readonly table: FileTable;
  readonly openFiles: OpenFiles;
  readonly records: FileRecords;
  readonly sources: Sources;
  /** Told of each file that may have something to read. */
  readonly onReady: (file: TailedFile) => void;
}
