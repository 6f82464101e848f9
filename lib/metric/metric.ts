import { MillraceError } from '../error.ts';

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
  /** By their labels as they are printed. */
  readonly series: Map<string, Cell>;
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

const metricName = /^[A-Za-z_:][A-Za-z0-9_:]*$/;
const labelName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** All instruments of one pipeline. Asking twice for the same name and labels gives the same instrument. */
export class MetricRegistry {
  readonly #families = new Map<string, Family>();

  /** @throws MR_PLUGIN when there is a gauge of that name, or a name that Prometheus cannot read */
  counter(name: string, help: string, labels: Labels = {}): Counter {
    return this.#cell('counter', name, help, labels);
  }

  /** @throws MR_PLUGIN when there is a counter of that name, or a name that Prometheus cannot read */
  gauge(name: string, help: string, labels: Labels = {}): Gauge {
    return this.#cell('gauge', name, help, labels);
  }

  /** The value of one series, or undefined: for tests and status pages. */
  read(name: string, labels: Labels = {}): number | undefined {
    return this.#families.get(name)?.series.get(printLabels(labels))?.value;
  }

  /** Everything in the Prometheus text exposition format 0.0.4. */
  expose(): string {
    const lines: string[] = [];
    for (const { name, help, type, series } of this.#families.values()) {
      lines.push(`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`);
      for (const [labels, cell] of series) lines.push(`${name}${labels} ${printValue(cell.value)}`);
    }
    return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
  }

  #cell(type: Family['type'], name: string, help: string, labels: Labels): Cell {
    let family = this.#families.get(name);
    if (family === undefined) {
      checkName(name, metricName);
      family = { name, help, type, series: new Map() };
      this.#families.set(name, family);
    }
    if (family.type !== type) {
      throw new MillraceError(
        'MR_PLUGIN',
        `the metric \`${name}\` is a ${family.type}, not a ${type}`,
      );
    }
    const printed = printLabels(labels);
    let cell = family.series.get(printed);
    if (cell === undefined) {
      for (const label of Object.keys(labels)) checkName(label, labelName);
      cell = new Cell();
      family.series.set(printed, cell);
    }
    return cell;
  }
}

/** Makes instruments that count for one thing: their names begin alike, and their labels are the same. */
export interface Instruments {
  counter(name: string, help: string): Counter;
  gauge(name: string, help: string): Gauge;
}

/** The instruments of a registry whose names begin with `prefix`. */
export function instrumentsOf(
  metrics: MetricRegistry,
  prefix: string,
  labels: Labels,
): Instruments {
  return {
    counter: (name, help) => metrics.counter(prefix + name, help, labels),
    gauge: (name, help) => metrics.gauge(prefix + name, help, labels),
  };
}

/** One bad name would make the whole exposition unreadable. */
function checkName(name: string, form: RegExp): void {
  if (form.test(name)) return;
  throw new MillraceError('MR_PLUGIN', `\`${name}\` is no name for a metric or a label`, {
    hint: 'letters, digits and `_`, no digit first',
  });
}

function printLabels(labels: Labels): string {
  const names = Object.keys(labels).sort();
  if (names.length === 0) return '';
  return `{${names.map((name) => `${name}="${escapeLabel(labels[name] ?? '')}"`).join(',')}}`;
}

function printValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

function escapeLabel(value: string): string {
  return escapeHelp(value).replaceAll('"', '\\"');
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
