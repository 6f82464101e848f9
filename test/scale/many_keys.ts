import { readdirSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { decodeMulti, encode } from '@msgpack/msgpack';
import { seededRandom } from '../../lib/testing/seeded_random.ts';
import { freePort, isListening, startProgram } from '../e2e/program.ts';
import { until } from '../e2e/waiting.ts';
import { ProcessGauge } from './gauge.ts';
import { describePeak } from './start_up.ts';

/** A stream of events of very many chunk keys. */
export interface KeysSetup {
  readonly keys: number;
  /** Events a second that are offered. */
  readonly rate: number;
  readonly seconds: number;
  readonly durability: string;
  /** So many events of a key come in a row, and then no more of it; undefined: keys are drawn at random. */
  readonly inARow?: number | undefined;
}

/** What came of it. */
export interface KeysResult {
  readonly acknowledged: number;
  readonly mostFiles: number;
  readonly mostOpenFiles: number;
  /** Milliseconds from sending a message of 100 events until its ack: half, 99 of 100, and all are faster. */
  readonly latencies: { readonly half: number; readonly most: number; readonly all: number };
  readonly exitCode: number | null;
}

const eventsAMessage = 100;
const flushSeconds = 2;
/** A sender does not wait with more messages than this for their acks. */
const windowMessages = 100;

/** Offers events of many keys for a while, and waits until all of them are delivered. */
export async function measureKeys(
  folder: string,
  setup: KeysSetup,
  report: (text: string) => void,
): Promise<KeysResult> {
  const { seconds, durability } = setup;
  const buffer = join(folder, 'buffer');
  const port = await freePort();
  const config = join(folder, 'many_keys.conf');
  writeFileSync(config, configText(buffer, port, durability));
  const limited = ['sh', '-c', 'ulimit -n 1024 && exec "$@"', '-'];
  const program = startProgram(['run', '-c', config], {}, limited);
  const gauge = new ProcessGauge(program.pid);
  try {
    await until('it does not listen', 60_000, () => isListening(port));
    let mostFiles = 0;
    const countFiles = (): number => {
      const count = readdirSync(buffer).filter((name) => /\.(?:staged|queued)$/.test(name)).length;
      mostFiles = Math.max(mostFiles, count);
      return count;
    };
    const counting = setInterval(countFiles, 1000);
    const sender = new KeySender(port, setup);
    const startMs = performance.now();
    await sender.run();
    clearInterval(counting);
    const elapsed = (performance.now() - startMs) / 1000;
    const { acknowledged, latencies } = sender;
    report(
      `${durability}: ${acknowledged} events acknowledged in ${elapsed.toFixed(1)} s of ${seconds}, ` +
        `${Math.round(acknowledged / elapsed)} a second; ` +
        `ack after ${latencies.half} ms (half), ${latencies.most} ms (99 of 100), ${latencies.all} ms (all); ` +
        `${mostFiles} chunk files and ${describePeak(gauge.peak)}`,
    );
    const sentMs = performance.now();
    await until('not everything is delivered', 1_800_000, () => countFiles() === 0, 500);
    report(`all delivered ${Math.round(performance.now() - sentMs)} ms later`);
    const exitCode = await program.stop();
    const mostOpenFiles = gauge.peak.openFiles;
    return { acknowledged, mostFiles, mostOpenFiles, latencies, exitCode };
  } finally {
    gauge.stop();
    await program.kill();
  }
}

class KeySender {
  acknowledged = 0;
  readonly #setup: KeysSetup;
  readonly #socket: Socket;
  readonly #random = seededRandom(1);
  readonly #sentMs = new Map<string, number>();
  readonly #latencies: number[] = [];
  #messages = 0;

  constructor(port: number, setup: KeysSetup) {
    this.#setup = setup;
    this.#socket = connect(port, '127.0.0.1');
    let answers = Buffer.alloc(0);
    this.#socket.on('data', (bytes) => {
      answers = Buffer.concat([answers, bytes]);
      answers = answers.subarray(this.#settle(answers));
    });
  }

  get latencies(): KeysResult['latencies'] {
    const sorted = this.#latencies.toSorted((one, other) => one - other);
    const at = (part: number): number =>
      Math.round(sorted[Math.ceil(sorted.length * part) - 1] ?? 0);
    return { half: at(0.5), most: at(0.99), all: at(1) };
  }

  /** Resolves when the time is over and every message was acknowledged. */
  async run(): Promise<void> {
    const { rate, seconds } = this.#setup;
    const startMs = performance.now();
    for (let elapsed = 0; elapsed < seconds; elapsed = (performance.now() - startMs) / 1000) {
      const due = Math.floor((elapsed * rate) / eventsAMessage);
      while (this.#messages < due && this.#sentMs.size < windowMessages) this.#send();
      await wait(2);
    }
    await until('no ack', 600_000, () => this.#sentMs.size === 0);
    this.#socket.end();
  }

  #send(): void {
    this.#messages += 1;
    const entries = Array.from({ length: eventsAMessage }, (_, index) => {
      const user = this.#keyOf((this.#messages - 1) * eventsAMessage + index);
      return [1_700_000_000, { user, text: 'an event of one of very many users of a service' }];
    });
    const chunk = String(this.#messages).padStart(24, '0');
    this.#sentMs.set(chunk, performance.now());
    this.#socket.write(encode(['app', entries, { chunk }]));
  }

  #keyOf(event: number): number {
    const { inARow, keys } = this.#setup;
    if (inARow === undefined) return Math.floor(this.#random() * keys);
    return Math.floor(event / inARow) % keys;
  }

  #settle(answers: Buffer): number {
    // {"ack": 24 digits}
    const answerBytes = 1 + 4 + 1 + 24;
    const whole = answers.length - (answers.length % answerBytes);
    for (const answer of decodeMulti(answers.subarray(0, whole))) {
      const chunk = String(Object(answer)['ack']);
      this.#latencies.push(performance.now() - (this.#sentMs.get(chunk) ?? 0));
      this.#sentMs.delete(chunk);
      this.acknowledged += eventsAMessage;
    }
    return whole;
  }
}

function configText(buffer: string, port: number, durability: string): string {
  return `
<source>
  @type forward
  @id entry
  bind 127.0.0.1
  port ${port}
</source>

<match **>
  @type null
  @id sink
  <buffer user>
    @type file
    path ${buffer}
    durability ${durability}
    overflow_action block
    flush_interval ${flushSeconds}s
    flush_thread_count 4
  </buffer>
</match>
`;
}
