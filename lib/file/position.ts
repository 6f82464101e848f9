import { type FileMark, type PositionLine, printPositionLine } from './position_line.ts';

/** What may be changed of a position. */
export interface PositionChange {
  readonly offset?: number;
  readonly inode?: bigint;
  readonly mark?: FileMark;
  /** Whether the file has been rotated away from its path. */
  readonly isPast?: boolean;
}

/** The position of one file, and what of it is in the position file, which writes changes with its next `save`. */
export class Position implements PositionLine {
  readonly key: string;
  readonly path: string;
  readonly #changed: Set<Position>;
  #line: PositionLine;
  #isPast: boolean;
  #at: number | undefined;
  #written = '';
  #savedOffset = 0;
  #isRecorded = false;

  /** `changed` is told of each change. */
  constructor(key: string, line: PositionLine, isPast: boolean, changed: Set<Position>) {
    this.key = key;
    this.path = line.path;
    this.#line = line;
    this.#isPast = isPast;
    this.#changed = changed;
    changed.add(this);
  }

  get offset(): number {
    return this.#line.offset;
  }

  get inode(): bigint {
    return this.#line.inode;
  }

  get mark(): FileMark | undefined {
    return this.#line.mark;
  }

  /** Past positions of a path are written before the present one: Fluentd takes the last line of a path. */
  get isPast(): boolean {
    return this.#isPast;
  }

  /** The offset that is surely in the file; 0 before there was one. */
  get savedOffset(): number {
    return this.#savedOffset;
  }

  /** Whether all but the offset and its check is in the file as it is here. */
  get isRecorded(): boolean {
    return this.#isRecorded;
  }

  /** Where the line begins in the file; undefined when it is not there. */
  get at(): number | undefined {
    return this.#at;
  }

  /** The line as it is in the file. */
  get written(): string {
    return this.#written;
  }

  change(change: PositionChange): void {
    const before = this.#line;
    this.#line = {
      path: this.path,
      offset: change.offset ?? before.offset,
      inode: change.inode ?? before.inode,
      mark: change.mark ?? before.mark,
    };
    this.#isPast = change.isPast ?? this.#isPast;
    if (this.inode !== before.inode || !lastsAlike(before.mark, this.mark)) {
      this.#isRecorded = false;
    }
    this.#changed.add(this);
  }

  /** The line as it should be in the file. */
  print(): string {
    return printPositionLine(this.#line);
  }

  /** Called when `line` has been written at `at`. */
  wrote(line: string, at: number): void {
    this.#at = at;
    this.#written = line;
    this.#savedOffset = this.offset;
    this.#isRecorded = true;
    this.#changed.delete(this);
  }
}

function lastsAlike(one: FileMark | undefined, other: FileMark | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    one.source === other.source &&
    one.generation === other.generation &&
    one.headBytes === other.headBytes &&
    one.birth === other.birth &&
    one.device === other.device
  );
}
