import { join } from 'node:path';
import { pipeline } from 'millrace';
import tail from 'millrace/connectors/input/tail';
import file from 'millrace/connectors/output/file';
import grep from 'millrace/operators/filter/grep';
import jsonLines from 'millrace/operators/formatter/json';
import json from 'millrace/operators/parser/json';
import highland from 'millrace/operators/transform/highland';
import mask from './mask.js';

interface Access {
  readonly path: string;
  readonly user: string;
  readonly code: number;
}

/** Follows `access.log` of a folder, and writes what it makes of it beside it. */
export function accessLog(folder: string) {
  return pipeline({ rootDir: join(folder, 'state') })
    .from(tail, {
      path: join(folder, 'access.log'),
      tag: 'web.access',
      readFromHead: true,
      parse: json(),
    })
    .filter('web.**', grep, { exclude: [{ key: 'path', pattern: /^\/health/ }] })
    .filter('web.**', mask, { fields: ['user'] })
    .as<Access>()
    .map(({ time, record }) => {
      if (record.code < 100) throw new RangeError(`${record.code} is no status`);
      return { time, record: { ...record, hasFailed: record.code >= 500 } };
    })
    .through(highland((entries) => entries.filter(({ record }) => record['code'] !== 404)))
    .match('web.**', (m) =>
      m.to(
        file,
        { path: join(folder, '${tag}'), append: true, format: jsonLines() },
        {
          id: 'requests',
          buffer: { type: 'file', chunkKeys: ['tag'], flushMode: 'immediate' },
        },
      ),
    )
    .onError((label) =>
      label.match((m) =>
        m.to(
          file,
          { path: join(folder, 'wrong.${tag}'), append: true, format: jsonLines() },
          { id: 'wrong', buffer: { chunkKeys: ['tag'], flushMode: 'immediate' } },
        ),
      ),
    );
}
