import { encodeFarewell } from '../codec/forward_farewell.ts';
import type { PeerFault } from './tls_fault.ts';

/** The last word to a peer that has a fault. "It" is that peer, who is to read it as "we". */
export function farewellTo({ kind, words }: PeerFault): Uint8Array {
  const reason = words.replace(/^its /, 'our ').replace(/^it has /, 'we have ');
  return encodeFarewell({ kind, reason });
}
