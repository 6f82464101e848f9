const grouping = new Intl.NumberFormat('en-US');

/** `1,234`. */
export function figure(amount: number): string {
  return grouping.format(amount);
}

/** `1 chunk`, `1,234 chunks`. */
export function counted(amount: number, word: string): string {
  return `${figure(amount)} ${word}${amount === 1 ? '' : 's'}`;
}

/** `512 B`, `1.5 KiB`, `12 MiB`: about as many digits as a person reads. */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let size = bytes;
  let unit = 'B';
  for (const larger of ['KiB', 'MiB', 'GiB', 'TiB']) {
    // Not yet what would be printed as 1024 of them.
    if (size < 1023.5) break;
    size /= 1024;
    unit = larger;
  }
  return `${size < 9.95 ? size.toFixed(1) : size.toFixed(0)} ${unit}`;
}

/** `0s`, `42s`, `5m 3s`, `3h 12m`, `12d 4h`. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${seconds % 60}s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours}h ${minutes % 60}m` : `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** A text from outside, without what would move the cursor of the terminal that shows it. */
export function shownText(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
