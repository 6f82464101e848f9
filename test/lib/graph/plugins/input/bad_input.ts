import { defineInput } from '../../../../../lib/plugin/define.ts';

export default defineInput({
  type: 'bad_input',
  doc: 'Fails whenever it runs.',
  options: {},
  create: () => ({
    run() {
      throw new Error('the well is dry');
    },
  }),
});
