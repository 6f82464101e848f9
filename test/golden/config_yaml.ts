import { parseYaml } from '../../lib/config/yaml.ts';
import type { GoldenCase } from './adaptor.ts';
import { judgeConfig } from './config_case.ts';

/** Reads a configuration in Fluentd's YAML form. */
export default function configYaml(golden: GoldenCase): Promise<void> {
  return judgeConfig(golden, 'fluent.yaml', parseYaml);
}
