import { type LabelPlan, outputsOf, type Plan, targetsOf } from '../plan/plan.ts';

/** What a person can do next with a plan that runs: commands that send an event, and that show where it went. */
export function hintsFor(plan: Plan): string {
  const inputs = plan.inputs.map(({ id, plugin, options, label: entered }) => {
    const label = plan.labels.find(({ name }) => name === entered);
    return paragraph(id, plugin.hints?.(options, exampleTag(label)));
  });
  const outputs = plan.labels
    .flatMap((label) => targetsOf(label).flatMap((target) => [...outputsOf(target)]))
    .map(({ id, plugin, options }) => paragraph(id, plugin.hints?.(options, '')));
  return (
    section('Send an event, from another terminal:', inputs) + section('See what arrives:', outputs)
  );
}

function section(title: string, paragraphs: readonly string[]): string {
  const text = paragraphs.join('');
  return text === '' ? '' : `\n${title}\n${text}`;
}

function paragraph(id: string, commands: readonly string[] = []): string {
  const lines = commands.map((command) => `    ${command}\n`);
  return lines.length === 0 ? '' : `  ${id}:\n${lines.join('')}`;
}

/** A tag that the label's first match takes: its wildcards made words. */
function exampleTag(label: LabelPlan | undefined): string {
  const match = label?.rules.find((rule) => rule.form === 'match');
  const [pattern = '**'] = match?.pattern.split(/\s+/) ?? [];
  // A regular expression or a choice would take more than this to turn into a tag that it matches.
  if (/[/{}\\]/.test(pattern)) return 'test.hello';
  return pattern === '**' ? 'test.hello' : pattern.replaceAll(/\*+/g, 'hello');
}
