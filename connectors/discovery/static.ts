import * as option from '../../lib/option/declare.ts';
import { defineDiscovery } from '../../lib/plugin/define.ts';
import { serverOf, serverOptions } from '../../lib/plugin/server_options.ts';

const options = {
  service: option.sections(serverOptions, { doc: 'A server to send to.', required: true }),
};

export default defineDiscovery({
  type: 'static',
  doc: 'Servers that are listed in the configuration: the same as `<server>` sections.',
  options,
  create({ service }) {
    return {
      async start(tell) {
        tell(service.map(serverOf));
      },
    };
  },
});
