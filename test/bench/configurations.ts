/** Where a process of a job reads and writes. */
export interface Place {
  readonly folder: string;
  readonly input: string;
  readonly inPort: number;
  readonly outPort: number;
  readonly durability: 'fsync' | 'os';
}

/** The text of a configuration. */
export type Configuration = (place: Place) => string;

const json = `
    @type json
    time_key time
    time_type unixtime`;
const nginx = `
    @type nginx`;
const none = `
    @type none`;
const syslog = `
    @type regexp
    expression /^(?<time>[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d) (?<host>\\S+) (?<ident>[^\\[]+)\\[(?<pid>\\d+)\\]: (?<message>.*)$/
    time_format %b %d %H:%M:%S
    types pid:integer`;

const addHost = `
<filter **>
  @type record_transformer
  <record>
    hostname web-01
  </record>
</filter>
`;

const fourMore = `
<filter **>
  @type grep
  <regexp>
    key method
    pattern /^(?:GET|POST)$/
  </regexp>
</filter>
<filter **>
  @type grep
  <exclude>
    key code
    pattern /^404$/
  </exclude>
</filter>
<filter **>
  @type record_transformer
  remove_keys referer
</filter>
<filter **>
  @type record_transformer
  <record>
    where \${record["host"]} \${tag}
  </record>
</filter>
`;

/** The configuration of every job. */
export const configurations = {
  jsonFile: (place) => system + tail(place, json) + addHost + fileOutput(place),
  nginxFile: (place) => system + tail(place, nginx) + addHost + fileOutput(place),
  regexpFile: (place) => system + tail(place, syslog) + fileOutput(place),
  filtersFile: (place) => system + tail(place, json) + addHost + fourMore + fileOutput(place),
  fanOut: (place) => system + tail(place, json) + fileOutput(place, '${user}', 'user'),
  httpFile: (place) => system + httpInput(place) + fileOutput(place),
  tailForward: (place) => system + tail(place, none) + forwardOutput(place),
  tailParsedForward: (place) => system + tail(place, json) + addHost + forwardOutput(place),
  relay: (place) => system + forwardInput(place) + forwardOutput(place),
} satisfies Record<string, Configuration>;

const system = `
<system>
  log_level warn
</system>
`;

function tail({ input, folder }: Place, parse: string): string {
  return `
<source>
  @type tail
  path ${input}
  pos_file ${folder}/tail.pos
  read_from_head true
  refresh_interval 1s
  tag a.b
  <parse>${parse}
  </parse>
</source>
`;
}

function forwardInput({ inPort }: Place): string {
  return `
<source>
  @type forward
  bind 127.0.0.1
  port ${inPort}
</source>
`;
}

function httpInput({ inPort }: Place): string {
  return `
<source>
  @type http
  bind 127.0.0.1
  port ${inPort}
</source>
`;
}

function fileOutput(place: Place, name = 'log', keys = ''): string {
  return `
<match **>
  @type file
  path ${place.folder}/out/${name}
  append true
  <format>
    @type json
  </format>
  ${buffer(place, keys)}
</match>
`;
}

function forwardOutput(place: Place): string {
  return `
<match **>
  @type forward
  require_ack_response true
  heartbeat_type none
  <server>
    host 127.0.0.1
    port ${place.outPort}
  </server>
  ${buffer(place, '')}
</match>
`;
}

function buffer({ folder, durability }: Place, keys: string): string {
  return `<buffer ${keys}>
    @type file
    path ${folder}/buffer
    durability ${durability}
    flush_mode interval
    flush_interval 1s
    chunk_limit_size 8m
    total_limit_size 8g
    overflow_action block
  </buffer>`;
}
