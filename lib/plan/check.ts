import { resolve } from 'node:path';
import { type BufferPlan, checkBuffer } from '../buffer/options.ts';
import { MillraceError, type Place } from '../error.ts';
import { compileTagPattern } from '../event/tag_pattern.ts';
import { nearest } from '../option/nearest.ts';
import { checkTemplates } from '../plugin/check_templates.ts';
import { edgesOf, filtersAwaitedBy, outputsAwaitedBy } from './flow.ts';
import {
  labelsOf,
  type NodePlan,
  nodesOf,
  type OutputPlan,
  outputsOf,
  type Plan,
  rootLabel,
  targetsOf,
} from './plan.ts';

/** Everything that is wrong with a plan as a whole, in the order of the plan. */
export function checkPlan(plan: Plan): MillraceError[] {
  return [
    ...checkIds(plan),
    ...checkLabels(plan),
    ...checkCycles(plan),
    ...checkPatterns(plan),
    ...checkBuffers(plan),
    ...checkAcks(plan),
  ];
}

function* outputsOfPlan(plan: Plan): Generator<OutputPlan> {
  for (const label of plan.labels) for (const target of targetsOf(label)) yield* outputsOf(target);
}

function checkIds(plan: Plan): MillraceError[] {
  const seen = new Map<string, Place | undefined>();
  const faults: MillraceError[] = [];
  for (const { id, at } of nodesOf(plan)) {
    if (/[/\\\u0000]|^\.{0,2}$/.test(id)) {
      const hint =
        'folders of buffers and dead letters are named by it: use letters, digits, _ and -';
      faults.push(planFault(`\`${id}\` cannot be an id`, at, hint, id));
    }
    if (seen.has(id)) {
      const first = seen.get(id);
      const where = first === undefined ? '' : `, first at ${first.file}:${first.line}`;
      faults.push(planFault(`the id \`${id}\` is used twice${where}`, at, undefined, id));
    } else seen.set(id, at);
  }
  return faults;
}

function checkLabels(plan: Plan): MillraceError[] {
  const faults: MillraceError[] = [];
  const names = plan.labels.map((label) => label.name);
  const mustExist = (label: string, at: Place | undefined): void => {
    if (names.includes(label) || label === rootLabel) return;
    const near = nearest(label, names);
    const hint = near === undefined ? `add \`<label ${label}>\`` : `did you mean \`${near}\`?`;
    faults.push(planFault(`there is no label \`${label}\``, at, hint));
  };
  for (const input of plan.inputs) mustExist(input.label, input.labelAt ?? input.at);
  for (const label of plan.labels) {
    for (const target of targetsOf(label)) {
      for (const next of labelsOf(target)) mustExist(next.label, next.at);
    }
    if (label.name !== rootLabel && targetsOf(label).length === 0) {
      const hint = 'what enters it would go nowhere';
      faults.push(planFault(`label \`${label.name}\` needs at least one <match>`, label.at, hint));
    }
  }
  return faults;
}

/** Labels lead on without a buffer between them, so a way back is an endless loop. */
function checkCycles(plan: Plan): MillraceError[] {
  const byName = new Map(plan.labels.map((label) => [label.name, label]));
  const done = new Set<string>();
  const path: string[] = [];
  const faults: MillraceError[] = [];
  const visit = (name: string): void => {
    if (done.has(name)) return;
    path.push(name);
    for (const next of edgesOf(byName.get(name))) {
      const start = path.indexOf(next.label);
      if (start < 0) visit(next.label);
      else {
        const round = [...path.slice(start), next.label].join(' -> ');
        faults.push(planFault(`labels lead back to themselves: ${round}`, next.at));
      }
    }
    path.pop();
    done.add(name);
  };
  for (const label of plan.labels) visit(label.name);
  return faults;
}

function checkPatterns(plan: Plan): MillraceError[] {
  const faults: MillraceError[] = [];
  for (const label of plan.labels) {
    for (const rule of label.rules) {
      try {
        compileTagPattern(rule.pattern);
      } catch (thrown) {
        if (!(thrown instanceof MillraceError)) throw thrown;
        faults.push(
          new MillraceError(thrown.code, thrown.message, {
            cause: thrown,
            at: rule.patternAt,
            hint: thrown.hint,
          }),
        );
      }
    }
  }
  return faults;
}

function checkBuffers(plan: Plan): MillraceError[] {
  const faults: MillraceError[] = [];
  const paths = new Map<string, string>();
  for (const output of outputsOfPlan(plan)) {
    if (output.buffer === undefined) continue;
    for (const fault of checkBuffer(output.buffer)) {
      const message = `buffer of \`${output.id}\`: ${fault.message}`;
      faults.push(
        new MillraceError(fault.code, message, {
          at: fault.at ?? output.at,
          hint: fault.hint,
          pluginId: output.id,
        }),
      );
    }
    faults.push(...templateFaults(output, output.buffer));
    if (output.secondary !== undefined) {
      faults.push(...templateFaults(output.secondary, output.buffer));
    }
    if (output.buffer.path === undefined || output.buffer.store !== 'file') continue;
    const path = resolve(output.buffer.path);
    const other = paths.get(path);
    if (other !== undefined) {
      const hint = 'give each its own `path` in <buffer>';
      faults.push(
        planFault(
          `outputs \`${other}\` and \`${output.id}\` share the buffer ${path}`,
          output.at,
          hint,
        ),
      );
    }
    paths.set(path, output.id);
  }
  return faults;
}

function templateFaults(node: NodePlan<'output'>, buffer: BufferPlan): MillraceError[] {
  const { plugin, options, id, at } = node;
  return checkTemplates(plugin, options, buffer).map(
    ({ code, message, hint }) =>
      new MillraceError(code, `output \`${id}\`: ${message}`, { at, hint, pluginId: id }),
  );
}

/** How long a forward sender waits for an ack when nobody says: Fluentd's default. */
const usualAckTimeoutMs = 190_000;

/** With `ack delivered` a sender waits for the flush: one that is due too late is a resend for ever. */
function checkAcks(plan: Plan): MillraceError[] {
  const faults: MillraceError[] = [];
  for (const input of plan.inputs) {
    for (const filter of filtersAwaitedBy(plan, input)) {
      if (filter.plugin.losesLineage !== true) continue;
      const message = `\`${input.id}\` acknowledges what is delivered, but \`${filter.id}\` acknowledges single entries when it takes them`;
      const hint = 'use `ack stored`, or an async generator on batches';
      faults.push(planFault(message, filter.at ?? input.at, hint, filter.id));
    }
    for (const output of outputsAwaitedBy(plan, input)) {
      const lateMs = output.buffer === undefined ? 0 : longestWaitMs(output.buffer);
      if (lateMs < usualAckTimeoutMs) continue;
      const when =
        lateMs === Number.POSITIVE_INFINITY
          ? 'when a chunk is full'
          : `after ${Math.round(lateMs / 1000)} s`;
      const message = `\`${input.id}\` acknowledges what is delivered, but \`${output.id}\` may flush only ${when}: senders give up at 190 s`;
      const hint = 'shorten `flush_interval` or `timekey`, or use `ack stored`';
      faults.push(planFault(message, input.at, hint, input.id));
    }
  }
  return faults;
}

/** The longest that an event waits for its first flush. */
function longestWaitMs({ chunkKeys, options }: BufferPlan): number {
  const isTimed = chunkKeys.includes('time');
  const mode =
    options.flushMode === 'default' ? (isTimed ? 'lazy' : 'interval') : options.flushMode;
  if (mode === 'immediate') return 0;
  if (mode === 'interval') return options.flushInterval;
  return isTimed ? (options.timekey ?? 0) + options.timekeyWait : Number.POSITIVE_INFINITY;
}

function planFault(
  message: string,
  at: Place | undefined,
  hint?: string,
  pluginId?: string,
): MillraceError {
  return new MillraceError('MR_PLAN', message, { at, hint, pluginId });
}
