/** What becomes of a line, in the plainest way; undefined: it is dropped. */
export type LineForm = (line: string) => string | undefined;

const nginx =
  /^(?<remote>[^ ]*) (?<host>[^ ]*) (?<user>[^ ]*) \[(?<time>[^\]]*)\] "(?<method>\S+)(?: +(?<path>[^"]*?)(?: +\S*)?)?" (?<code>[^ ]*) (?<size>[^ ]*)(?: "(?<referer>[^"]*)" "(?<agent>[^"]*)"(?:\s+(?<http_x_forwarded_for>[^ ]+))?)?$/;
const syslog =
  /^(?<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (?<host>\S+) (?<ident>[^[]+)\[(?<pid>\d+)\]: (?<message>.*)$/;

/** The lines of the file jobs as they come out: floors write them, and what the project writes must be equal. */
export const lineForms: Readonly<Record<string, LineForm>> = {
  json(line) {
    const record = JSON.parse(line);
    delete record.time;
    record.hostname = 'web-01';
    return JSON.stringify(record);
  },
  nginx(line) {
    const record: Record<string, string> = { ...nginx.exec(line)?.groups };
    // The time is part of the work, though nothing shows it.
    Date.parse(String(record['time']).replace(':', ' '));
    delete record['time'];
    record['hostname'] = 'web-01';
    return JSON.stringify(record);
  },
  regexp(line) {
    const { time, pid, ...fields } = syslog.exec(line)?.groups ?? {};
    Date.parse(`${time} 2023`);
    const { host, ident, message } = fields;
    return JSON.stringify({ host, ident, pid: Number(pid), message });
  },
  filters(line) {
    const record = JSON.parse(line);
    delete record.time;
    record.hostname = 'web-01';
    if (!/^(?:GET|POST)$/.test(record.method)) return undefined;
    if (/^404$/.test(String(record.code))) return undefined;
    delete record.referer;
    record.where = `${record.host} a.b`;
    return JSON.stringify(record);
  },
  plain(line) {
    return JSON.stringify(JSON.parse(line));
  },
  untimed(line) {
    const record = JSON.parse(line);
    delete record.time;
    return JSON.stringify(record);
  },
};
