import { defineFilter, option } from 'millrace';

export default defineFilter({
  type: 'mask',
  doc: 'Hides the values of fields.',
  options: {
    fields: option.array({ doc: 'The fields.', required: true }),
    mask: option.string({ doc: 'What stands there instead.', default: '***' }),
  },
  create({ fields, mask }) {
    return ({ time, record }) => {
      const masked = fields.filter((field) => Object.hasOwn(record, field));
      return { time, record: { ...record, ...Object.fromEntries(masked.map((f) => [f, mask])) } };
    };
  },
});
