/**
 * A number 0 <= n < 1 of a text, the same in every process: spread evenly, not safe against those who choose their
 * texts. Two 32-bit multiplicative hashes with the final mixing of MurmurHash3, 53 bits of which are taken.
 */
export function hashText(text: string): number {
  let high = 0x9e37_79b9;
  let low = 0x85eb_ca6b;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 0x01b8_73c5);
    low = Math.imul(low ^ code, 0x5f35_6495);
  }
  high = mix(high ^ text.length);
  low = mix(low ^ high);
  return ((high >>> 5) * 0x400_0000 + (low >>> 6)) / 2 ** 53;
}

function mix(bits: number): number {
  let mixed = Math.imul(bits ^ (bits >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
