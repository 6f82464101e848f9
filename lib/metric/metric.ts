/** Label values of one series, in the order of the metric's label names. */
type LabelValues = readonly string[];

/** A count that only grows. */
export interface Counter {
  add(n?: number): void;
  readonly value: number;
}

/** A value that goes up and down. */
export interface Gauge {
  set(value: number): void;
  add(n: number): void;
  readonly value: number;
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly labelNames: readonly string[];
  readonly series: Map<string, { readonly labels: LabelValues; readonly cell: Cell }>;
}

class Cell implements Counter, Gauge {
  value = 0;
  add(n = 1): void {
    this.value += n;
  }
  set(value: number): void {
    this.value = value;
  }
}

/** Labels of a series: name to value. */
export interface Labels {
  readonly [name: string]: string;
}

/** All instruments of one pipeline. Asking twice for the same name and labels gives the same instrument. */
export class MetricRegistry {
  readonly #families = new Map<string, Family>();

  counter(name: string, help: string, labels: Labels = {}): Counter {
    return this.#cell('counter', name, help, labels);
  }

  gauge(name: string, help: string, labels: Labels = {}): Gauge {
    return this.#cell('gauge', name, help, labels);
  }

  /** The value of one series, or undefined: for tests and status pages. */
  read(name: string, labels: Labels = {}): number | undefined {
    const family = this.#families.get(name);
    return family?.series.get(seriesKey(family.labelNames, labels))?.cell.value;
  }

  /** Everything in the Prometheus text exposition format 0.0.4. */
  expose(): string {
    const lines: string[] = [];
    for (const family of this.#families.values()) {
      lines.push(`# HELP ${family.name} ${family.help}`, `# TYPE ${family.name} ${family.type}`);
      for (const { labels, cell } of family.series.values()) {
        const pairs = family.labelNames.map(
          (name, at) => `${name}="${escapeLabel(labels[at] ?? '')}"`,
        );
        lines.push(`${family.name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${cell.value}`);
      }
    }
    return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
  }

  #cell(type: Family['type'], name: string, help: string, labels: Labels): Cell {
    let family = this.#families.get(name);
    if (family === undefined) {
      family = { name, help, type, labelNames: Object.keys(labels).sort(), series: new Map() };
      this.#families.set(name, family);
    }
    const key = seriesKey(family.labelNames, labels);
    let series = family.series.get(key);
    if (series === undefined) {
      series = { labels: family.labelNames.map((label) => labels[label] ?? ''), cell: new Cell() };
      family.series.set(key, series);
    }
    return series.cell;
  }
}

function seriesKey(names: readonly string[], labels: Labels): string {
  return names.map((name) => labels[name] ?? '').join('\u0000');
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
