// Numbers for people.

/** Three significant digits, without an exponent; thousands are set apart. */
export function figure(value: number): string {
  return value < 100 ? value.toPrecision(3) : Number(value.toPrecision(3)).toLocaleString("en");
}
