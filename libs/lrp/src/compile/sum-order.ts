/**
 * In which order ONNX Runtime sums on the CPU, as far as results depend on it (mlas, `sgemm.cpp` and `convolve.cpp` of 1.30). A matrix
 * product is summed in pieces of at least this many terms, in longer ones where a thread has 64 columns or fewer. Products of no more
 * terms are one piece however they are shared out.
 */
export const onePiece = 128

/** More threads than ONNX Runtime ever gives to one product. */
const mostThreads = 64

/** Terms times columns from which on a product of few rows gets a thread for each of them. */
const worthThreads = 21_000

/**
 * Whether the order of a product's sums goes by the number of its threads, and with it by the batch. Columns are shared out where they
 * are more than the rows, and decide the length of the pieces; else rows are, and a row alone is summed by another kernel.
 * A size that is not known is 0.
 */
export function goesByThreads(rows: number, terms: number, columns: number): boolean {
  if (terms <= onePiece || rows === 1) return false
  return columns === 0 || columns > rows || (rows < 2 * mostThreads && terms * columns >= worthThreads)
}
