// Kept in the declarations: whoever imports them needs the global namespace of these types.
/// <reference types="highland" preserve="true" />
import _ from 'highland';
import { MillraceError, toError } from '../../lib/error.ts';
import type { Entry, TaggedEntry } from '../../lib/event/entry.ts';
import { custom } from '../../lib/option/declare.ts';
import { defineOperator, type PluginCall } from '../../lib/plugin/define.ts';
import type { EntryFlow, EntryStage } from '../../lib/plugin/entry_flow.ts';
import { entryOperator } from '../../lib/plugin/entry_operator.ts';
import type { Streams } from '../../lib/plugin/stream_of.ts';
import type { StreamSettings } from '../../lib/plugin/stream_settings.ts';

/** An entry as it comes out of a user's pipeline: without a tag it gets that of the entry taken last. */
export interface GivenEntry extends Entry {
  readonly tag?: string;
}

/** What makes a pipeline, again whenever the stage is started again. */
type MakePipeline = (entries: Highland.Stream<TaggedEntry>) => unknown;

const plugin = defineOperator({
  type: 'highland',
  doc: 'Runs a pipeline of Highland on entries, `{ time, tag, record }`. What fails in it sends the entry that it took last to `@ERROR`. It takes entries one by one, some ten microseconds each, and acknowledges them when it takes them.',
  options: {
    pipeline: custom<MakePipeline, { readonly doc: string; readonly required: true }, MakePipeline>(
      {
        type: 'function',
        schema: { description: 'a function from a Highland stream to another one' },
        fromText: () => {
          throw new MillraceError(
            'MR_OPTION',
            'a function cannot be written in a configuration: use `@type script`',
          );
        },
        fromValue: (value) => {
          if (typeof value === 'function') return value;
          throw new MillraceError(
            'MR_OPTION',
            'expected a function from a Highland stream to another one',
          );
        },
      },
      {
        doc: 'A function, so only in TypeScript: `highland((s) => s.map(...))`. In a configuration, `@type script` takes the path of a module that exports `highland(...)`.',
        required: true,
      },
    ),
  },
  losesLineage: true,
  create: ({ pipeline }, context) => entryOperator(highlandStage(pipeline), context),
});

/**
 * A Highland pipeline as a stage: `.through(highland((s) => s.batchWithTimeOrCount(500, 100).map(...)))`. The stream
 * gives entries with their tags, whose records are frozen, and takes entries.
 */
function highland<Out extends GivenEntry>(
  pipeline: (entries: Highland.Stream<TaggedEntry>) => Highland.Stream<Out>,
): PluginCall<'operator'>;
function highland(options: { readonly pipeline: MakePipeline }): PluginCall<'operator'>;
function highland(
  given: MakePipeline | { readonly pipeline: MakePipeline },
): PluginCall<'operator'> {
  return plugin(optionsOf(given));
}

/** The same as a Node stream of batches, to be used by hand. */
function stream<Out extends GivenEntry>(
  pipeline: (entries: Highland.Stream<TaggedEntry>) => Highland.Stream<Out>,
  settings?: StreamSettings,
): Streams['operator'];
function stream(
  options: { readonly pipeline: MakePipeline },
  settings?: StreamSettings,
): Streams['operator'];
function stream(
  given: MakePipeline | { readonly pipeline: MakePipeline },
  settings?: StreamSettings,
): Streams['operator'] {
  return plugin.stream(optionsOf(given), settings);
}

/** The function stands for the options, which are nothing else. */
function optionsOf(given: MakePipeline | { readonly pipeline: MakePipeline }): {
  readonly pipeline: MakePipeline;
} {
  return typeof given === 'function' ? { pipeline: given } : given;
}

const { stream: _stream, ...traits } = plugin;
export default Object.assign(highland, traits, { stream });

function highlandStage(pipeline: MakePipeline): EntryStage {
  return (flow) =>
    new Promise((resolve, reject) => {
      const source = sourceOf(flow, reject);
      const given = pipeline(source);
      if (!_.isStream(given)) {
        const message = 'the function of `highland` did not give a Highland stream';
        throw new MillraceError('MR_PLUGIN', message);
      }
      flow.signal.addEventListener('abort', () => given.destroy(), { once: true });
      drain(given, flow, resolve, reject);
    });
}

/** Entries as they are asked for, not before: the one taken last is the one that is worked on. */
function sourceOf(flow: EntryFlow, reject: (cause: Error) => void): Highland.Stream<TaggedEntry> {
  return _<TaggedEntry>((push, next) => {
    const pass = (entry: TaggedEntry | undefined): void => {
      push(null, entry ?? _.nil);
      if (entry !== undefined) next();
    };
    const taken = flow.take();
    if (taken instanceof Promise) taken.then(pass).catch(reject);
    else pass(taken);
  });
}

function drain(
  given: Highland.Stream<unknown>,
  flow: EntryFlow,
  resolve: () => void,
  reject: (cause: Error) => void,
): void {
  const drained = given.consume<never>((error, value, _push, next) => {
    try {
      // Highland's own type says an Error always comes.
      const failure: unknown = error;
      if (failure !== null && failure !== undefined) flow.fail(toError(failure));
      else if (_.isNil(value)) return resolve();
      else {
        const room = flow.give(value);
        if (room !== undefined) return void room.then(next, reject);
      }
      next();
    } catch (thrown) {
      reject(toError(thrown));
    }
  });
  drained.resume();
}
