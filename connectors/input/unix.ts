import { whenAborted } from '../../lib/clock.ts';
import { ForwardIntake, intakeShape } from '../../lib/net/forward_intake.ts';
import { listenUnix } from '../../lib/net/unix_server.ts';
import * as option from '../../lib/option/declare.ts';
import { permission } from '../../lib/option/permission.ts';
import type { Input } from '../../lib/plugin/contract.ts';
import { defineInput } from '../../lib/plugin/define.ts';
import { RareWarning } from '../../lib/plugin/rare_warning.ts';

export default defineInput({
  type: 'unix',
  doc: 'Takes events by the forward protocol from programs of the same machine, on a Unix socket. A chunk is acknowledged when its events are stored.',
  options: {
    path: option.string({
      doc: 'The path of the socket. Its folder is made if there is none; a socket that a killed process has left there is replaced.',
      default: '/var/run/fluent/fluent.sock',
    }),
    backlog: option.integer({ doc: 'So many connections may wait to be accepted.', min: 1 }),
    socketPermission: option.custom(permission, {
      doc: 'Permissions of the socket, such as `0660`: who may write to it may send. Without it, as the umask says.',
    }),
    ...intakeShape,
  },
  create(options, context): Input {
    const warning = new RareWarning(context);
    const intake = new ForwardIntake(
      options,
      {
        source: { addressKey: undefined, hostnameKey: undefined, identityKey: undefined },
        trust: { bindsAgents: true, mayRelay: undefined },
        nameless: 'local',
      },
      { ...context, warn: (...told) => warning.warn(...told) },
    );
    return {
      async run(emit, signal) {
        const { path, backlog, socketPermission: mode } = options;
        const serve = intake.server(emit, undefined, signal);
        const listener = await listenUnix({ path, backlog, mode, limit: intake.limit }, serve);
        context.log.info('listening', { path });
        await whenAborted(signal);
        listener.stopAccepting();
        await intake.ended();
      },
    };
  },
});
