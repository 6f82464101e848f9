/** Who does a job. */
export interface Subject {
  readonly name: string;
  readonly kind: 'floor' | 'project';
  readonly durability: 'fsync' | 'os';
  /** The work is divided among so many processes, each with its own configuration. */
  readonly processes: number;
}

/** The subjects by name: `two` is `os` in two processes. */
export const subjects: readonly Subject[] = [
  { name: 'floor', kind: 'floor', durability: 'os', processes: 1 },
  { name: 'os', kind: 'project', durability: 'os', processes: 1 },
  { name: 'fsync', kind: 'project', durability: 'fsync', processes: 1 },
  { name: 'two', kind: 'project', durability: 'os', processes: 2 },
];
