import type { Damage } from '../../buffer/survey/damage.ts';
import type { ChunkReport } from '../../buffer/survey/examine.ts';
import { counted } from '../figures.ts';

/** What `repair` would do about a damage. */
export function remedyText({ count, frames, head }: ChunkReport, { kind }: Damage): string {
  switch (kind) {
    case 'empty':
      return 'deletes the file: no event in it was ever acknowledged';
    case 'newer':
      return 'leaves the file to the version that wrote it';
    case 'head':
      if (frames === 0) return 'puts the file aside: no event in it can be read';
      return head === undefined
        ? `gives its ${counted(count, 'event')} a new head, with the tag of \`--tag\``
        : `gives its ${counted(count, 'event')} a new head, from the copy in the footer`;
    case 'gap':
      return `puts these bytes aside and keeps the ${counted(count, 'whole event')} of the chunk`;
    case 'tail':
      return `cuts these bytes off and keeps the ${counted(count, 'event')} before`;
    case 'footer':
    case 'no footer':
    case 'mismatch':
      return 'writes the footer anew; no event is lost by that';
  }
}
