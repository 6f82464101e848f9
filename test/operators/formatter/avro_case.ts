/** A schema with a type of each kind. */
export const everyKind = {
  type: 'record',
  name: 'Every',
  namespace: 'test',
  doc: 'One of each.',
  fields: [
    { name: 'nothing', type: 'null' },
    { name: 'flag', type: 'boolean' },
    { name: 'small', type: 'int' },
    { name: 'wide', type: 'long' },
    { name: 'single', type: 'float' },
    { name: 'real', type: 'double' },
    { name: 'raw', type: 'bytes' },
    { name: 'text', type: 'string' },
    { name: 'four', type: { type: 'fixed', name: 'Four', size: 4 } },
    { name: 'level', type: { type: 'enum', name: 'Level', symbols: ['low', 'high'] } },
    { name: 'list', type: { type: 'array', items: ['null', 'long'] } },
    { name: 'map', type: { type: 'map', values: 'double' } },
    { name: 'inner', type: ['null', 'Every'], default: null },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-nanos' }, default: 7 },
  ],
};

/** A record that fits it. */
export const everyRecord = {
  nothing: null,
  flag: true,
  small: -5,
  wide: 2n ** 63n - 1n,
  single: 0.5,
  real: 0.1,
  raw: new Uint8Array([0, 255]),
  text: 'größer 日本',
  four: new Uint8Array([1, 2, 3, 4]),
  level: 'high',
  list: [null, 1, -(2n ** 63n)],
  map: { a: 1.5, '': -2 },
  inner: null,
  at: 1_795_341_600_123_456_789n,
};
