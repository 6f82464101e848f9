// `app.log.1`, `app.log.2024-01-31`, `app.log.old`, and with six digits or more `app.log-20240131`.
const behind = /^(.+?)(?:\.(?:\d[\d.\-_T:]*|old)|[-_]\d[\d.\-_T:]{5,})$/;
// `app-20240131.log`, `app.2024-01-31T00.log`
const within = /^(.+?)[.\-_]\d[\d.\-_T:]{5,}(\.[A-Za-z]\w*)$/;

/**
 * The name that a log had before it was rotated to `name`, or undefined when `name` is not the name of a rotated
 * log. Compressed logs are none: their lines cannot be read. Nor is `app-1.log`, which may well be another log.
 */
export function nameBeforeRotation(name: string): string | undefined {
  const match = behind.exec(name);
  if (match !== null) return match[1];
  const [, stem, ending] = within.exec(name) ?? [];
  return stem === undefined || ending === undefined ? undefined : stem + ending;
}
