import { printJson } from '../codec/json_print.ts';
import type { SourceSection, SourceValue } from '../option/option.ts';
import { type Attribute, type Element, useDefault } from './element.ts';

/** An element as the option readers see it: every value a text, keys as written. */
export function toSection(element: Element): SourceSection {
  const values = new Map<string, SourceValue>();
  for (const attribute of element.attributes.values()) {
    if (attribute.value === useDefault) continue;
    values.set(attribute.key, {
      text: toText(attribute.value),
      keyAt: attribute.keyAt,
      valueAt: attribute.valueAt,
    });
  }
  return {
    name: element.name,
    argument: element.arg,
    at: element.at,
    argumentAt: element.argAt,
    values,
    isDamaged: element.isDamaged === true,
    sections: element.elements.map(toSection),
  };
}

/** A value of a YAML file as the text that stands for it in the other syntax. */
function toText(value: Exclude<Attribute['value'], typeof useDefault>): string | null {
  if (value === null || typeof value === 'string') return value;
  return typeof value === 'object' ? printJson(value) : String(value);
}
