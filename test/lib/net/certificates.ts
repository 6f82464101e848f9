import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { makeCertificate } from '../../../lib/codec/certificate.ts';

/** A certificate, its key, and the files that hold them. */
export interface Issued {
  readonly pem: string;
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
  readonly keyPem: string;
  readonly certPath: string;
  readonly keyPath: string;
}

interface Wish {
  readonly names?: readonly string[];
  /** When it is valid; most times unless given. OpenSSL goes by the real clock. */
  readonly from?: string;
  readonly to?: string;
  /** Who signs it; itself when absent. */
  readonly by?: Issued;
  readonly isAuthority?: boolean;
  readonly key?: KeyObject;
}

/** Makes certificates in a folder that goes with the test. */
export class Office {
  readonly folder: string;
  /** The authority that signs what nobody else is named for. */
  readonly root: Issued;

  constructor(t: TestContext) {
    this.folder = mkdtempSync(join(tmpdir(), 'certificates-'));
    t.after(() => rmSync(this.folder, { recursive: true }));
    this.root = this.selfSigned('root', { isAuthority: true, names: [] });
  }

  /** A certificate that the root signs, for the loopback interface unless other names are given. */
  issue(name: string, wish: Wish = {}): Issued {
    return this.#make(name, { by: this.root, ...wish });
  }

  /** A certificate that signs itself. */
  selfSigned(name: string, wish: Wish = {}): Issued {
    return this.#make(name, wish);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  #make(name: string, wish: Wish): Issued {
    const key = wish.key ?? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const pem = makeCertificate({
      subject: { commonName: name },
      names: wish.names ?? ['127.0.0.1', 'localhost'],
      key,
      notBeforeMs: Date.parse(wish.from ?? '2020-01-01T00:00:00Z'),
      notAfterMs: Date.parse(wish.to ?? '2060-01-01T00:00:00Z'),
      issuer: wish.by,
      isAuthority: wish.isAuthority ?? false,
    });
    const keyPem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
    const certPath = this.path(`${name}.crt`);
    const keyPath = this.path(`${name}.key`);
    writeFileSync(certPath, pem);
    writeFileSync(keyPath, keyPem);
    return { pem, certificate: new X509Certificate(pem), key, keyPem, certPath, keyPath };
  }
}
