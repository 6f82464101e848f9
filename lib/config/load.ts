import { MillraceError } from '../error.ts';
import { type ConfigContext, processContext } from './context.ts';
import { newElement, type ParsedConfig } from './element.ts';
import { unreadable } from './include.ts';
import { parseConfig } from './parse.ts';

/** `guess` takes files that end in `.yaml` or `.yml` for YAML, and all others for Fluentd's v1 syntax. */
export type ConfigType = 'guess' | 'v1' | 'yaml';

/** Reads a configuration file and what it includes. A file that cannot be read is a fault as well. */
export async function loadConfig(
  path: string,
  context: ConfigContext = processContext(),
  type: ConfigType = 'guess',
): Promise<ParsedConfig> {
  let text: string;
  try {
    text = context.readFile(path);
  } catch (error) {
    const message = `cannot read the configuration \`${path}\`: ${unreadable(error)}`;
    const fault = new MillraceError('MR_CONFIG_INCLUDE', message, { cause: error });
    const start = { file: path, line: 1, column: 1, length: 1, source: '' };
    return { root: newElement('ROOT', start), faults: [fault], warnings: [] };
  }
  if (type === 'yaml' || (type === 'guess' && /\.ya?ml$/i.test(path))) {
    const { parseYaml } = await import('./yaml.ts');
    return parseYaml(text, path, context);
  }
  return parseConfig(text, path, context);
}
