import type { MutableElement } from './element.ts';
import type { Findings } from './findings.ts';
import { isClosedLater } from './recovery.ts';
import type { SourceText } from './source.ts';

/** The sections of one file that are open, inside of the element that the file is read into. */
export class OpenSections {
  readonly #stack: [MutableElement, ...MutableElement[]];
  readonly #source: SourceText;
  readonly #findings: Findings;

  constructor(into: MutableElement, source: SourceText, findings: Findings) {
    this.#stack = [into];
    this.#source = source;
    this.#findings = findings;
  }

  get current(): MutableElement {
    return this.#stack.at(-1) ?? this.#stack[0];
  }

  /** Whether a section of this file is open. */
  get isInside(): boolean {
    return this.#stack.length > 1;
  }

  open(section: MutableElement): void {
    this.current.elements.push(section);
    this.#stack.push(section);
  }

  /** For a closing tag with a fault of its own: closes the current section when the tag means it. */
  closeIfNamed(name: string): void {
    if (this.isInside && this.current.name === name) this.#stack.pop();
  }

  /**
   * Takes the closing tag that stands from `start` up to `end`. Of a wrong name it guesses what was
   * forgotten: the closing tags of sections in between, the right name, or nothing.
   */
  close(name: string, start: number, end: number): void {
    const { current } = this;
    const place = this.#source.place(start, end);
    if (!this.isInside) {
      this.#findings.fault('MR_CONFIG_SYNTAX', `\`</${name}>\` closes nothing`, place, 'remove it');
      return;
    }
    const outer = this.#stack.findLastIndex((section, depth) => depth > 0 && section.name === name);
    if (outer > 0) {
      for (const section of this.#stack.splice(outer).slice(1)) this.#reportUnclosed(section);
      return;
    }
    current.isDamaged = true;
    const message = `\`</${name}>\` does not close \`<${current.name}>\` of line ${current.at.line}`;
    this.#findings.fault('MR_CONFIG_SYNTAX', message, place, `expected \`</${current.name}>\``);
    if (!isClosedLater(this.#source.text.slice(end), current.name, this.#stack)) this.#stack.pop();
  }

  /** At the end of the file. */
  closeAll(): void {
    for (const section of this.#stack.splice(1)) this.#reportUnclosed(section);
  }

  #reportUnclosed(section: MutableElement): void {
    section.isDamaged = true;
    const message = `\`<${section.name}>\` is not closed`;
    const hint = `expected \`</${section.name}>\` before the section around it ends`;
    this.#findings.fault('MR_CONFIG_SYNTAX', message, section.at, hint);
  }
}
