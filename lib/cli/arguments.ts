import { InvalidArgumentError } from 'commander';

/** Where a server listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const forwardPort = 24224;

/** The port that a text is. @throws InvalidArgumentError when it is none */
export function port(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number;
  throw new InvalidArgumentError('expected a port from 1 to 65535.');
}

/** The number of seconds that a text is. @throws InvalidArgumentError when it is none */
export function seconds(text: string): number {
  const number = Number(text);
  if (text !== '' && number > 0 && number < 1e6) return number;
  throw new InvalidArgumentError('expected a number of seconds.');
}

/** `HOST:PORT`, `HOST` or `[::1]:PORT`; without a port, the forward protocol's. @throws InvalidArgumentError when it is none */
export function address(text: string): Address {
  const [, inBrackets, bare, portText] =
    /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+))?$/.exec(text) ?? [];
  const host = inBrackets ?? bare;
  if (host === undefined) throw new InvalidArgumentError('expected HOST:PORT.');
  return { host, port: portText === undefined ? forwardPort : port(portText) };
}
