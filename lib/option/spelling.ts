/** `flush_interval` to `flushInterval`; keys that start with `@` stay. */
export function toCamel(key: string): string {
  return key.startsWith('@')
    ? key
    : key.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `flushInterval` to `flush_interval`. */
export function toSnake(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
