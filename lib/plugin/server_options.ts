import * as option from '../option/declare.ts';
import type { Parsed } from '../option/option.ts';
import type { FoundServer } from './contract.ts';

/** What may be said of a server, wherever that stands: `<server>`, `<service>`, an entry of a file. */
export const serverOptions = {
  host: option.string({ doc: 'Host name or address of the server.', required: true }),
  port: option.integer({ doc: 'Its port.', default: 24224, min: 1, max: 65_535 }),
  name: option.string({ doc: 'Its name in logs and metrics; `host:port` when absent.' }),
  weight: option.integer({ doc: 'Its share among the servers; 0: none.', default: 60, min: 0 }),
  standby: option.boolean({
    doc: 'Used only to make up for others that are lost.',
    default: false,
  }),
  sharedKey: option.string({
    doc: 'The key that this server asks for, if not the common one.',
    secret: true,
  }),
  username: option.string({ doc: 'The user for this server.', default: '' }),
  password: option.string({ doc: 'The password of the user.', default: '', secret: true }),
};

/** The server that such options speak of. */
export function serverOf(given: Parsed<typeof serverOptions>): FoundServer {
  const { standby, ...rest } = given;
  return { ...rest, isStandby: standby };
}
