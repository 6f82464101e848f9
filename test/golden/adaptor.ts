/** One line of a suite: what went in, and what Fluentd gave out or that it refused. */
export interface GoldenCase {
  readonly id: string;
  readonly what: string;
  readonly in: { readonly [name: string]: unknown };
  readonly out?: unknown;
  readonly error?: string;
  readonly quirk?: boolean;
}

/**
 * Runs Millrace on a case. It returns when Millrace agrees with Fluentd and throws when it differs;
 * for cases with an `error`, agreeing means refusing at the stage that the text names before its colon.
 */
export type Adaptor = (golden: GoldenCase) => void | Promise<void>;

/** What the file of an adaptor exports. */
export interface AdaptorModule {
  readonly default: Adaptor;
  /** Whether the suite tells 1.0 from 1: whole floats are then `Float`s, in what goes in and what is expected. */
  readonly keepsFloats?: boolean;
}
