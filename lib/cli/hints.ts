import type { InputPlan, LabelPlan, Plan } from '../plan/plan.ts';

/** What a person can do next with a plan that runs: for each input that knows, commands that send it an event. */
export function hintsFor(plan: Plan): string {
  const paragraphs = plan.inputs.flatMap((input) => {
    const label = plan.labels.find(({ name }) => name === input.label);
    const commands = hintsOf(input, exampleTag(label));
    if (commands.length === 0) return [];
    return [`  ${input.id}:\n${commands.map((command) => `    ${command}\n`).join('')}`];
  });
  return paragraphs.length === 0
    ? ''
    : `\nTry it, from another terminal:\n${paragraphs.join('')}\n`;
}

function hintsOf(input: InputPlan, tag: string): readonly string[] {
  const { plugin, options } = input;
  return plugin.hints?.(options, tag) ?? [];
}

/** A tag that the label's first match takes: its wildcards made words. */
function exampleTag(label: LabelPlan | undefined): string {
  const match = label?.rules.find((rule) => rule.form === 'match');
  const [pattern = '**'] = match?.pattern.split(/\s+/) ?? [];
  // A regular expression or a choice would take more than this to turn into a tag that it matches.
  if (/[/{}\\]/.test(pattern)) return 'test.hello';
  return pattern === '**' ? 'test.hello' : pattern.replaceAll(/\*+/g, 'hello');
}
