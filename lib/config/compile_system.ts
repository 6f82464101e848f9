import { resolve } from 'node:path';
import { logLevels } from '../log.ts';
import { boolean, duration, integer, oneOf, section, size, string } from '../option/declare.ts';
import type { Parsed, Shape, SourceSection } from '../option/option.ts';
import type { SystemPlan } from '../plan/plan.ts';
import { readSection } from '../plugin/read_section.ts';
import type { Compilation } from './compilation.ts';

/** The options of `<system>`. */
export const systemOptions = {
  workers: integer({ doc: 'Number of worker processes. Only one runs now.', default: 1, min: 1 }),
  rootDir: string({
    doc: 'Folder for buffers, dead letters and state that have no path of their own.',
  }),
  logLevel: oneOf(logLevels, { doc: 'The least level that the program logs.' }),
  log: section(
    {
      format: oneOf(['text', 'json'], { doc: 'How log lines look.', default: 'text' }),
      path: string({ doc: 'Accepted; log lines go to standard error.' }),
      timeFormat: string({ doc: 'Accepted; times are printed in one fixed form.' }),
      rotateAge: string({ doc: 'Accepted; rotation is left to whoever keeps standard error.' }),
      rotateSize: size({ doc: 'Accepted; rotation is left to whoever keeps standard error.' }),
      forcedStacktraceLevel: string({ doc: 'Accepted without effect.' }),
    },
    { doc: 'The form of the log.' },
  ),
  suppressRepeatedStacktrace: boolean({ doc: 'Accepted without effect.', default: true }),
  ignoreRepeatedLogInterval: duration({ doc: 'Accepted without effect.' }),
  ignoreSameLogInterval: duration({ doc: 'Accepted without effect.' }),
  emitErrorLogInterval: duration({ doc: 'Accepted without effect.' }),
  suppressConfigDump: boolean({
    doc: 'Accepted: the configuration is never dumped.',
    default: true,
  }),
  withoutSource: boolean({ doc: 'Accepted without effect.', default: false }),
  rpcEndpoint: string({ doc: 'Accepted without effect.' }),
  enableGetDump: boolean({ doc: 'Accepted without effect.', default: false }),
  processName: string({ doc: 'Accepted without effect.' }),
  strictConfigValue: boolean({ doc: 'Accepted: values are always read strictly.', default: true }),
  filePermission: string({ doc: 'Accepted without effect.' }),
  dirPermission: string({ doc: 'Accepted without effect.' }),
  umask: string({ doc: 'Accepted without effect.' }),
  enableMsgpackTimeSupport: boolean({ doc: 'Accepted: times are always kept.', default: true }),
  enableInputMetrics: boolean({ doc: 'Accepted: inputs are always counted.', default: true }),
  enableSizeMetrics: boolean({ doc: 'Accepted without effect.', default: false }),
  restartWorkerInterval: duration({ doc: 'Accepted without effect.' }),
  disableSharedSocket: boolean({ doc: 'Accepted without effect.', default: false }),
} satisfies Shape;

/** Reads `<system>`, which may stand once. */
export async function readSystem(
  top: SourceSection,
  compilation: Compilation,
): Promise<SystemPlan> {
  const [first, second] = top.sections.filter((each) => each.name === 'system');
  if (second !== undefined) {
    compilation.fault('MR_PLAN', '<system> may stand only once', second.at);
  }
  const empty = { ...top, name: 'system', values: new Map(), sections: [] };
  const read = await readSection(systemOptions, first ?? empty, '<system>', compilation);
  // `readSection` reads by the shape that it is given, which its result's type does not say.
  const system = read as Parsed<typeof systemOptions>;
  if (system.workers > 1) {
    const hint = 'one process runs everything that is outside of <worker> and in <worker 0>';
    compilation.warn('`workers` above 1 is not supported yet', first?.at, hint);
  }
  return {
    workers: system.workers,
    rootFolder: system.rootDir === undefined ? undefined : resolve(system.rootDir),
    logLevel: system.logLevel,
    logFormat: system.log?.format ?? 'text',
  };
}
