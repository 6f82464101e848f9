import { parseConfig } from '../../lib/config/parse.ts';
import type { GoldenCase } from './adaptor.ts';
import { judgeConfig } from './config_case.ts';

/** Reads a configuration in Fluentd's own syntax. */
export default function configConf(golden: GoldenCase): Promise<void> {
  return judgeConfig(golden, 'fluent.conf', parseConfig);
}
