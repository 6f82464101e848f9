export type { Clock, Timer } from './clock.ts';
export { systemClock } from './clock.ts';
export { entriesBatch, packedBatch } from './codec/batch.ts';
export { loadPlan } from './config/load_plan.ts';
export type { ErrorCode, ErrorDetail, Place, Rejection } from './error.ts';
export { MillraceError, PartialFailure, Unrecoverable } from './error.ts';
export type { EventBatch } from './event/batch.ts';
export type { AckLevel, Outcome } from './event/delivery.ts';
export { Delivery } from './event/delivery.ts';
export type { Entry, EventRecord, EventValue, MutableRecord, TaggedEntry } from './event/entry.ts';
export {
  copyRecord,
  Extension,
  Float,
  getField,
  isRecord,
  RawString,
  setField,
} from './event/entry.ts';
export type { Origin } from './event/origin.ts';
export { EventTime } from './event/time.ts';
export type { Pipeline } from './graph/pipeline.ts';
export { openPipeline } from './graph/pipeline.ts';
export type { World } from './graph/world.ts';
export type { Log, LogFields, LogLevel, LogLine, LogSink } from './log.ts';
export { createLog, silentLog } from './log.ts';
export type { Counter, Gauge, Labels } from './metric/metric.ts';
export { MetricRegistry } from './metric/metric.ts';
export * as option from './option/declare.ts';
export type { Given, Parsed, Shape } from './option/option.ts';
export type { Builder, EntryMap, PrintOptions, TypedEntry } from './plan/builder.ts';
export type { Plan } from './plan/plan.ts';
export type {
  FilterStats,
  InputStats,
  OutputStats,
  Running,
  RunOptions,
  RunStats,
} from './plan/running.ts';
export type { RecordSchema } from './plan/schema.ts';
export type {
  InputSettings,
  NodeSettings,
  OutputSettings,
  PipelineSettings,
} from './plan/step.ts';
export type { BranchWays, CopyWays, TurnWays, Way, Ways } from './plan/target.ts';
export { branches } from './plugin/branch.ts';
export { Catalog } from './plugin/catalog.ts';
export type { PluginContext } from './plugin/context.ts';
export type {
  Chunk,
  Container,
  Discovery,
  Emit,
  Filter,
  Formatter,
  FoundServer,
  Input,
  Kind,
  Operator,
  Output,
  ParsedEntry,
  Parser,
  Receipt,
  Route,
} from './plugin/contract.ts';
export type { Plugin, PluginCall } from './plugin/define.ts';
export {
  defineDiscovery,
  defineFilter,
  defineFormatter,
  defineInput,
  defineOperator,
  defineOutput,
  defineParser,
  defineRoute,
} from './plugin/define.ts';
export { nested, nestedList } from './plugin/nested.ts';
export type { BufferSettings } from './plugin/read_buffer.ts';
export { decode, encode, type Streams } from './plugin/stream_of.ts';
export type {
  DecodeSettings,
  InputStreamSettings,
  OutputStreamSettings,
  StreamSettings,
} from './plugin/stream_settings.ts';
export type { UserStage } from './plugin/user_stage.ts';
export { type FromConfigSettings, fromConfig, pipeline } from './process/embed.ts';
