import { realFiles } from '../../buffer/store/file_system.ts';
import { isQuarantine } from '../../buffer/survey/folder.ts';
import { type MoveReport, moveChunks } from '../../buffer/transfer/move.ts';
import { systemClock } from '../../clock.ts';
import { MillraceError } from '../../error.ts';
import { counted, shownText } from '../figures.ts';
import { exitCodes, type Terminal } from '../terminal.ts';
import { withBar } from './bar.ts';
import { leftText } from './left_text.ts';
import { chooseChunks, describeRefusal, locate } from './locate.ts';

/** What is moved, and where. */
export interface MoveRequest {
  readonly from: string;
  readonly to: string;
  /** All chunks when there are none. */
  readonly ids: readonly string[];
}

/**
 * `millrace buffer move`: fails when a chunk that was meant is left.
 * @throws MR_BUFFER when a process uses a folder or it cannot be used
 */
export async function move(
  request: MoveRequest,
  { json: isJson = false }: { readonly json?: boolean },
  terminal: Terminal,
): Promise<number> {
  const { to } = request;
  const [target, ...others] = locate([request.from], terminal);
  const isOne = others.length === 0 && target?.isWholeFolder === true;
  if (target === undefined || !isOne || isQuarantine(request.from)) {
    throw new MillraceError('MR_BUFFER', `\`${request.from}\` is not one buffer folder`, {
      hint: 'move the chunks of one folder at a time',
    });
  }
  const from = target.survey.folder;
  const chosen = request.ids.length === 0 ? [] : chooseChunks([target], request.ids);
  const ids = chosen.flatMap(({ chunks }) => chunks.map(({ id }) => id));
  let report: MoveReport;
  try {
    report = await withBar(terminal, 'moving', isJson, (steps) =>
      moveChunks({
        ...{ files: realFiles, from, to, ids },
        ...{ nowMs: systemClock.nowMs(), random: Math.random, ...steps },
      }),
    );
  } catch (error) {
    throw describeRefusal(`one of the folders \`${from}\` and \`${to}\``, error, 'changed');
  }
  const { moved, left } = report;
  terminal.out.write(
    isJson ? `${JSON.stringify({ from, to, moved, left })}\n` : reportText(report, to),
  );
  return left.length === 0 ? exitCodes.ok : exitCodes.failed;
}

function reportText({ moved, left }: MoveReport, to: string): string {
  const lines = moved.map(
    ({ chunkId, tag, count }) => `moved: ${chunkId} ${shownText(tag)} ${counted(count, 'event')}\n`,
  );
  const events = moved.reduce((sum, { count }) => sum + count, 0);
  const total = `${counted(moved.length, 'chunk')} with ${counted(events, 'event')} moved to ${shownText(to)}, ${left.length} left`;
  return `${lines.join('')}${leftText(left)}${total}\n`;
}
