/** A value of a sample. */
export function toNumberText(value: number): string {
  if (Number.isFinite(value)) {
    return String(value);
  }
  if (Number.isNaN(value)) {
    return 'NaN';
  }
  return value > 0 ? '+Inf' : '-Inf';
}

/**
 * A bound as Go prints it, which is what all clients of Prometheus write in the label `le`: `0.005`, `10`, `1e+06`. In OpenMetrics
 * a whole number has a decimal point: `10.0`.
 *
 * @source https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md#considerations-canonical-numbers
 */
export function toBoundText(bound: number, isOpenMetrics: boolean): string {
  const [digits = '', exponentText = '0'] = bound.toExponential().split('e');
  const exponent = Number(exponentText);
  if (bound !== 0 && (exponent < -4 || exponent >= 6)) {
    const size = String(Math.abs(exponent)).padStart(2, '0');
    return `${digits}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  const text = toNumberText(bound);
  return isOpenMetrics && !text.includes('.') ? `${text}.0` : text;
}
