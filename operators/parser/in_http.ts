import { oneOf } from '../../lib/option/declare.ts';
import { defineParser } from '../../lib/plugin/define.ts';
import { parserOptions, timeKeyOption } from '../../lib/plugin/time_options.ts';

export default defineParser({
  type: 'in_http',
  doc: 'What input `http` does by itself: it reads JSON, MessagePack and forms by their content type. The options say where the time is in them. Anywhere else it matches nothing.',
  options: {
    timeKey: timeKeyOption,
    timeType: oneOf(['string', 'unixtime', 'float', 'mixed'], {
      doc: 'What the time field holds. Default: `string` with a `time_format`, else a number of seconds since 1970.',
    }),
    ...parserOptions,
  },
  create: () => ({ parse: () => null }),
});
