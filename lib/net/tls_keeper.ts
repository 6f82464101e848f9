import type { X509Certificate } from 'node:crypto';
import { type BigIntStats, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { SecureContextOptions } from 'node:tls';
import type { Clock, Timer } from '../clock.ts';
import { systemCode, toError } from '../error.ts';
import type { Log } from '../log.ts';
import type { Labels, MetricRegistry } from '../metric/metric.ts';

/** What files hold at one time. */
export interface TlsMaterial {
  readonly options: SecureContextOptions;
  /** The certificates that this side shows, its own first; empty when it has none. */
  readonly chain: readonly X509Certificate[];
}

/** Where certificates and keys come from. */
export interface TlsSource {
  /** The files to watch. */
  readonly paths: readonly string[];
  /** Reads them. @throws MR_OPTION naming the file and what is wrong with it */
  load(): TlsMaterial;
}

/** What a keeper uses of the world. */
export interface KeeperWorld {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: MetricRegistry;
  /** Whose certificate it is, in metrics: `{ input: id }`. */
  readonly labels: Labels;
}

const lookIntervalMs = 10_000;
const dayMs = 86_400_000;
/** How long before a certificate expires that is worth a warning, at most; and the share of its own life. */
const longestNoticeMs = 14 * dayMs;
const noticeShare = 0.2;

/**
 * Keeps certificates and keys as they are in their files. Files are looked at by identity, size and time of
 * change, through symbolic links, so that a link that is flipped counts as a change. What cannot be used is
 * told once, and what there was before stays in use.
 */
export class TlsKeeper {
  readonly #source: TlsSource;
  readonly #world: KeeperWorld;
  readonly #listeners = new Set<(options: SecureContextOptions) => void>();
  #material: TlsMaterial;
  /** What the files looked like before they were last read. */
  #seen: string;
  #timer: Timer | undefined;
  #isWatching = false;
  #noticedMs = Number.NEGATIVE_INFINITY;

  /** Reads the files. @throws MR_OPTION naming the file and what is wrong with it */
  constructor(source: TlsSource, world: KeeperWorld) {
    this.#source = source;
    this.#world = world;
    this.#seen = source.paths.map(signOfNow).join(' ');
    this.#material = source.load();
    this.#showExpiry();
  }

  /** What is in use now. */
  get options(): SecureContextOptions {
    return this.#material.options;
  }

  /** From now on looks at the files now and then; `onRenewal` gets what is new. Idempotent. */
  watch(onRenewal?: (options: SecureContextOptions) => void): void {
    if (onRenewal !== undefined) this.#listeners.add(onRenewal);
    if (this.#isWatching) return;
    this.#isWatching = true;
    void this.#look();
  }

  /** Looks no more. */
  close(): void {
    this.#isWatching = false;
    this.#timer?.cancel();
    this.#listeners.clear();
  }

  async #look(): Promise<void> {
    const { clock } = this.#world;
    const seen = (await Promise.all(this.#source.paths.map(signOf))).join(' ');
    if (!this.#isWatching) return;
    if (this.#seen !== seen) this.#reload();
    this.#seen = seen;
    this.#warnOfExpiry();
    this.#timer = clock.after(lookIntervalMs, () => void this.#look(), { keepAlive: false });
  }

  #reload(): void {
    const { log } = this.#world;
    let material: TlsMaterial;
    try {
      material = this.#source.load();
    } catch (thrown) {
      const error = toError(thrown);
      const message = `new certificates are not taken up, the old ones stay: ${error.message}`;
      log.warn(message, { error });
      this.#count('refused_renewals_total', 'New certificates and keys that could not be used.');
      return;
    }
    if (isSame(material, this.#material)) return;
    this.#material = material;
    this.#noticedMs = Number.NEGATIVE_INFINITY;
    this.#showExpiry();
    for (const tell of this.#listeners) tell(material.options);
    const [own] = material.chain;
    log.info('new certificates are in use', { subject: own?.subject, validTo: own?.validTo });
    this.#count('renewals_total', 'Times that new certificates or keys were taken up.');
  }

  #count(name: string, help: string): void {
    const { metrics, labels } = this.#world;
    metrics.counter(`millrace_tls_${name}`, help, labels).add();
  }

  #showExpiry(): void {
    const { metrics, labels } = this.#world;
    const end = endOf(this.#material.chain);
    if (end === undefined) return;
    const help = 'When the first certificate that is shown expires, in seconds since 1970.';
    metrics
      .gauge('millrace_tls_certificate_expiry_timestamp_seconds', help, labels)
      .set(end.atMs / 1000);
  }

  /** Once a day. */
  #warnOfExpiry(): void {
    const { clock, log } = this.#world;
    const end = endOf(this.#material.chain);
    const nowMs = clock.nowMs();
    if (end === undefined || end.atMs - nowMs > end.noticeMs) return;
    if (nowMs - this.#noticedMs < dayMs) return;
    this.#noticedMs = nowMs;
    const when = new Date(end.atMs).toISOString();
    log.warn(
      end.atMs > nowMs
        ? `a certificate expires soon, at ${when}`
        : `a certificate has expired at ${when}`,
      { subject: end.subject },
    );
  }
}

/** When the first of some certificates expires, and how long before that one should know. */
function endOf(
  chain: readonly X509Certificate[],
): { readonly atMs: number; readonly noticeMs: number; readonly subject: string } | undefined {
  const ends = chain.map(({ validFrom, validTo, subject }) => {
    const atMs = Date.parse(validTo);
    const noticeMs = Math.min(longestNoticeMs, (atMs - Date.parse(validFrom)) * noticeShare);
    return { atMs, noticeMs, subject };
  });
  return ends.sort((one, other) => one.atMs - other.atMs)[0];
}

/** Tells a file from what it was before, and from another one under its name. */
async function signOf(path: string): Promise<string> {
  try {
    return signIn(await stat(path, { bigint: true }));
  } catch (error) {
    return signWithout(error);
  }
}

/** The same at once: while something is set up, nothing else waits. */
function signOfNow(path: string): string {
  try {
    return signIn(statSync(path, { bigint: true }));
  } catch (error) {
    return signWithout(error);
  }
}

function signIn({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}`;
}

function signWithout(error: unknown): string {
  return systemCode(error) ?? 'unknown';
}

function isSame({ options: one }: TlsMaterial, { options: other }: TlsMaterial): boolean {
  return one.cert === other.cert && one.key === other.key && one.ca === other.ca;
}
