import { pluginOption } from '../option/declare.ts';
import type { PluginOption } from '../option/option.ts';
import type { Kind } from './contract.ts';
import type { PluginCall } from './define.ts';

interface NestedSettings {
  readonly doc: string;
  readonly required?: boolean;
  /** The type taken when the section, or its `@type`, is absent. */
  readonly default?: string;
}

type Always<T> = T extends { readonly required: true }
  ? true
  : T extends { readonly default: string }
    ? true
    : false;
type Nested<K extends Kind, T> = PluginOption<
  PluginCall<K>,
  Always<T> extends true ? PluginCall<K> : PluginCall<K> | undefined,
  T extends { readonly required: true } ? true : false
>;

/** A section that holds one plugin: `<parse>`, `<format>`. The section has the option's name. */
export function nested<K extends Kind, const T extends NestedSettings>(
  kind: K,
  settings: T,
): Nested<K, T> {
  const option = pluginOption({
    kind,
    doc: settings.doc,
    isRequired: settings.required === true,
    isRepeated: false,
    defaultType: settings.default,
  });
  // `T` says whether the plugin is always there; a boolean expression is not narrowed to it.
  return option as unknown as Nested<K, T>;
}

/** A section that may be repeated, each holding a plugin: `<store>`. */
export function nestedList<K extends Kind>(
  kind: K,
  settings: { readonly doc: string },
): PluginOption<readonly PluginCall<K>[], readonly PluginCall<K>[], false> {
  return pluginOption({
    kind,
    doc: settings.doc,
    isRequired: false,
    isRepeated: true,
    defaultType: undefined,
  });
}
