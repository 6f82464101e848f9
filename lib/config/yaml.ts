import type { ConfigContext } from './context.ts';
import { newElement, type ParsedConfig } from './element.ts';
import { Findings } from './findings.ts';
import { firstOfChain } from './include.ts';
import { SourceText } from './source.ts';
import { readYaml } from './yaml_reader.ts';
import { SectionBuilder } from './yaml_section.ts';

/** Far more than anyone writes by hand. */
const maxNodes = 200_000;

/**
 * Reads a configuration in Fluentd's YAML form. It never rejects for what the text holds.
 * The YAML library is loaded only here, so that other configurations do not pay for it.
 */
export async function parseYaml(
  text: string,
  file: string,
  context: ConfigContext,
): Promise<ParsedConfig> {
  const yaml = await import('yaml');
  const findings = new Findings();
  const source = new SourceText(file, text);
  const root = newElement('ROOT', source.place(0, 0));
  const reading = { yaml, context, findings, nodesLeft: maxNodes };
  const top = readYaml(source, firstOfChain(file), reading);
  if (top !== undefined) {
    new SectionBuilder(findings).addTop(root, top);
  } else if (findings.faults.length === 0) {
    const hint = 'expected `system:` and `config:`';
    findings.fault('MR_CONFIG_SYNTAX', 'the configuration is empty', root.at, hint);
  }
  return { root, faults: findings.faults, warnings: findings.warnings };
}
