/** 2 / sqrt(pi) * (x - x^3 / 3 + x^5 / (5 * 2!) - ...), the Maclaurin series (Abramowitz and Stegun 7.1.5). */
function series(x: number): number {
  let [power, total] = [x, x]
  for (let n = 1; n < 100; n++) {
    power *= (-x * x) / n
    total += power / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * total
}

/** The complement for x > 0 as a continued fraction (Abramowitz and Stegun 7.1.14). */
function complement(x: number): number {
  let fraction = x
  for (let n = 80; n > 0; n--) fraction = x + n / 2 / fraction
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction
}

/** The error function to float64 rounding. */
export const erf = (x: number): number =>
  Math.abs(x) < 2.5 ? series(x) : Math.sign(x) * (1 - complement(Math.abs(x)))
