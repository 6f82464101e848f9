import { type ErrorCode, MillraceError, type Place } from '../error.ts';
import { nearest } from '../option/nearest.ts';
import type { SourceSection } from '../option/option.ts';
import type { Catalog } from '../plugin/catalog.ts';
import type { Kind } from '../plugin/contract.ts';
import type { AnyPlugin } from '../plugin/define.ts';
import type { SectionReader } from '../plugin/read_section.ts';

const directives = ['source', 'match', 'filter', 'label', 'worker', 'system'];

/** The state of one compilation: the catalog, what was found wrong, and which ids are given out. */
export class Compilation implements SectionReader {
  readonly faults: MillraceError[] = [];
  readonly warnings: MillraceError[] = [];
  /** `<system> root_dir`. */
  rootFolder: string | undefined;
  readonly #catalog: Catalog;
  readonly #isStrict: boolean;
  readonly #idCounts = new Map<string, number>();

  constructor(catalog: Catalog, isStrict: boolean) {
    this.#catalog = catalog;
    this.#isStrict = isStrict;
  }

  fault(codeOrFault: ErrorCode | MillraceError, message = '', at?: Place, hint?: string): void {
    this.faults.push(
      typeof codeOrFault === 'string'
        ? new MillraceError(codeOrFault, message, { at, hint })
        : codeOrFault,
    );
  }

  unknown(fault: MillraceError): void {
    (this.#isStrict ? this.faults : this.warnings).push(fault);
  }

  warn(message: string, at: Place | undefined, hint?: string): void {
    this.warnings.push(new MillraceError('MR_OPTION', message, { at, hint }));
  }

  async load(kind: Kind, type: string, at: Place | undefined): Promise<AnyPlugin | undefined> {
    return this.loadAny([kind], type, at);
  }

  /** The first of several kinds that knows the type; unknown to all is one fault. */
  async loadAny<K extends Kind>(
    kinds: readonly K[],
    type: string,
    at: Place | undefined,
  ): Promise<AnyPlugin<K> | undefined> {
    const [first] = kinds;
    try {
      for (const kind of kinds) {
        const plugin = await this.#catalog.find(kind, type);
        if (plugin !== undefined) return plugin;
      }
    } catch (thrown) {
      if (!(thrown instanceof MillraceError)) throw thrown;
      this.fault(new MillraceError(thrown.code, thrown.message, { cause: thrown, at }));
      return undefined;
    }
    const known = await Promise.all(kinds.map((kind) => this.#catalog.types(kind)));
    const near = nearest(type, known.flat());
    const hint =
      near === undefined ? 'see `millrace plugins` for the list' : `did you mean \`${near}\`?`;
    this.fault('MR_PLUGIN', `there is no ${first} \`${type}\``, at, hint);
    return undefined;
  }

  /** The `@id`, or `<kind>_<type>`, `<kind>_<type>_2`, ... */
  idOf(section: SourceSection, kind: string, type: string): string {
    const given = section.values.get('@id')?.text;
    if (given !== undefined && given !== null && given !== '') return given;
    const base = `${kind}_${type}`;
    const count = (this.#idCounts.get(base) ?? 0) + 1;
    this.#idCounts.set(base, count);
    return count === 1 ? base : `${base}_${count}`;
  }

  /** Reports each key of a section that may hold none. */
  rejectKeys(section: SourceSection, where: string): void {
    for (const [key, value] of section.values) {
      const fault = new MillraceError('MR_OPTION', `\`${key}\` cannot stand at ${where}`, {
        at: value.keyAt,
        hint: 'options stand inside of a section such as <source> or <match>',
      });
      if (key.startsWith('@')) this.fault(fault);
      else this.unknown(fault);
    }
  }

  unknownDirective(section: SourceSection): void {
    const near = nearest(section.name, directives);
    const hint =
      near === undefined
        ? `expected one of ${directives.join(', ')}`
        : `did you mean \`<${near}>\`?`;
    this.fault('MR_CONFIG_SYNTAX', `\`<${section.name}>\` is not a directive`, section.at, hint);
  }
}
