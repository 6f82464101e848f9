/** A floating-point number as Ruby prints it: `1.0`, `0.0001`, `1.0e+16`. */
export function rubyFloat(value: number): string {
  if (!Number.isFinite(value))
    return Number.isNaN(value) ? 'NaN' : value < 0 ? '-Infinity' : 'Infinity';
  if (Object.is(value, -0)) return '-0.0';
  const [mantissa = '', exponentText = ''] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const sign = exponent < 0 ? '-' : '+';
    const digits = String(Math.abs(exponent)).padStart(2, '0');
    return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}e${sign}${digits}`;
  }
  if (exponent >= 0) return Number.isInteger(value) ? `${BigInt(value)}.0` : String(value);
  const isNegative = value < 0;
  const digits = mantissa.replace(/[-.]/g, '');
  return `${isNegative ? '-' : ''}0.${'0'.repeat(-exponent - 1)}${digits}`;
}
