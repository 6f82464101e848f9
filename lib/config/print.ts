import type { AttributeValue, Element } from './element.ts';
import { useDefault } from './element.ts';

/**
 * The element as text in Fluentd's v1 syntax, which reads back as the same element; of the root its content.
 * Secrets are printed as they are.
 */
export function printElement(element: Element): string {
  return element.name === 'ROOT' ? printContent(element, '') : printSection(element, '');
}

function printSection(element: Element, indent: string): string {
  const arg = element.arg === '' ? '' : ` ${printArgument(element)}`;
  const content = printContent(element, `${indent}  `);
  return `${indent}<${element.name}${arg}>\n${content}${indent}</${element.name}>\n`;
}

function printContent(element: Element, indent: string): string {
  let text = '';
  for (const { key, value } of element.attributes.values()) {
    text += `${indent}${printKey(key)} ${printValue(value)}\n`;
  }
  for (const section of element.elements) text += printSection(section, indent);
  return text;
}

function printKey(key: string): string {
  return /^[^\s"'<#][^\s]*$/.test(key) && !/^@?include$/.test(key) ? key : quote(key);
}

function printArgument({ name, arg }: Element): string {
  const isPlain =
    name !== '' && /^[^\s"'#>](?:[^\r\n>]*[^\s>])?$/.test(arg) && !/[ \t]#|\$\{env:/.test(arg);
  return isPlain ? arg : quote(arg);
}

function printValue(value: AttributeValue): string {
  if (value === null) return '"#{use_nil}"';
  if (value === useDefault) return '"#{use_default}"';
  if (typeof value === 'string') return printText(value);
  return typeof value === 'object' ? escapeExpansions(toJson(value)) : String(value);
}

function printText(text: string): string {
  if (/^[[{]/.test(text)) return isCompactJson(text) ? escapeExpansions(text) : quote(text);
  const isPlain = /^[^\s"'#](?:[^\r\n]*\S)?$/.test(text) && !/[ \t]#|\$\{env:/.test(text);
  return isPlain ? text : quote(text);
}

/** Whether reading the text as JSON and printing it would give exactly this text again. */
function isCompactJson(text: string): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === text;
  } catch {
    return false;
  }
}

/** In JSON `#{` and `${env:` can only stand in texts, where an escape says that they are meant as they are. */
function escapeExpansions(json: string): string {
  return json.replaceAll('#{', '\\u0023{').replaceAll('${env:', '\\u0024{env:');
}

function toJson(value: AttributeValue): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? Number(member) : member,
  );
}

const escapes: { readonly [character: string]: string } = {
  '"': '\\"',
  '\\': '\\\\',
  '\r': '\\r',
  '\n': '\\n',
  '\t': '\\t',
  '\f': '\\f',
  '\b': '\\b',
  '\0': '\\0',
};

function quote(text: string): string {
  const escaped = text.replace(/["\\\r\n\t\f\x08\0]/g, (character) => escapes[character] ?? '');
  return `"${escaped.replaceAll('#{', '\\#{').replaceAll('${env:', '\\${env:')}"`;
}
