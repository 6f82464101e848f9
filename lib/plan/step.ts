import type { AckLevel } from '../event/delivery.ts';
import type { LogLevel } from '../log.ts';
import type { Catalog } from '../plugin/catalog.ts';
import type { AnyPlugin, FilterPlugin, PluginCall } from '../plugin/define.ts';
import type { DeliverySettings } from '../plugin/stream_settings.ts';
import type { Plan } from './plan.ts';

/** What a whole pipeline says of itself: `<system>`. */
export interface PipelineSettings {
  /** The folder for buffers, dead letters and state that have no path of their own. */
  readonly rootDir?: string | undefined;
  readonly logLevel?: LogLevel | undefined;
  /** Where plugins are found that nobody imports: defaults, and those of a configuration. */
  readonly catalog?: Catalog | undefined;
}

/** What may be said of any node of a pipeline besides its plugin's options. */
export interface NodeSettings {
  /** Unique in the pipeline; made of kind, type and order when absent. */
  readonly id?: string | undefined;
  readonly logLevel?: LogLevel | undefined;
}

/** What may be said of an input. */
export interface InputSettings extends NodeSettings {
  /** The label that its events enter. */
  readonly label?: string | undefined;
  /** When an event counts as taken: once it lies in a buffer (`stored`, the default), or once every output has delivered it. */
  readonly ack?: AckLevel | undefined;
}

/** What may be said of an output. */
export interface OutputSettings extends NodeSettings, DeliverySettings {}

/** One step of a builder, as plain data: nothing is read, loaded or checked yet. */
export type Step = InputStep | FilterStep | CalledStep | MatchStep | LabelStep | LoadedStep;

export interface InputStep {
  readonly form: 'input';
  readonly plugin: AnyPlugin<'input'>;
  readonly given: unknown;
  readonly settings: InputSettings;
}

export interface FilterStep {
  readonly form: 'filter';
  readonly pattern: string;
  readonly plugin: FilterPlugin;
  readonly given: unknown;
  readonly settings: NodeSettings;
}

/** A filter or operator that was called with its options. */
export interface CalledStep {
  readonly form: 'called';
  readonly pattern: string;
  readonly call: PluginCall<'filter' | 'operator'>;
  readonly settings: NodeSettings;
}

export interface MatchStep {
  readonly form: 'match';
  readonly pattern: string;
  readonly target: TargetStep;
}

/** Steps that stand in a label. */
export interface LabelStep {
  readonly form: 'label';
  readonly name: string;
  readonly steps: readonly Step[];
}

/** A plan that comes from elsewhere: a configuration. */
export interface LoadedStep {
  readonly form: 'loaded';
  readonly load: () => Promise<Plan>;
}

/** Where a match leads. */
export type TargetStep = OutputStep | RouteStep | WayOnStep;

export interface OutputStep {
  readonly form: 'output';
  readonly plugin: AnyPlugin<'output'>;
  readonly given: unknown;
  readonly settings: OutputSettings;
}

export interface RouteStep {
  readonly form: 'route';
  /** The plugin, or the type by which the catalog finds it. */
  readonly plugin: AnyPlugin<'route'> | string;
  readonly given: unknown;
  readonly settings: NodeSettings;
  readonly branches: readonly BranchStep[];
}

/** A way on to a label. */
export interface WayOnStep {
  readonly form: 'label';
  readonly label: string;
}

/** A branch of a route, with what it says for the route. */
export interface BranchStep {
  readonly target: TargetStep;
  readonly given: unknown;
}
