/**
 * Solves A·x = b by Cholesky's factors, in place: A (symmetric, positive definite, row by row; its lower half is read) becomes its factor, b the solution.
 *
 * @returns whether A is positive definite; where it is not, A and b are left unfinished.
 */
export function solve(a: Float64Array, b: Float64Array): boolean {
  const n = b.length
  if (!factorise(a, n)) return false
  substitute(a, b)
  return true
}

/** The inverse of a symmetric, positive definite n × n matrix, which becomes its factor; undefined where it is not one. */
export function invert(a: Float64Array, n: number): Float64Array | undefined {
  if (!factorise(a, n)) return undefined
  const inverse = new Float64Array(n * n)
  for (let row = 0; row < n; row++) {
    const unit = inverse.subarray(row * n, (row + 1) * n)
    unit[row] = 1
    substitute(a, unit)
  }
  return inverse
}

function factorise(a: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j] as number
      for (let k = 0; k < j; k++) sum -= (a[i * n + k] as number) * (a[j * n + k] as number)
      if (i > j) a[i * n + j] = sum / (a[j * n + j] as number)
      else if (sum > 1e-14) a[i * n + i] = Math.sqrt(sum)
      else return false
    }
  }
  return true
}

function substitute(factor: Float64Array, b: Float64Array): void {
  const n = b.length
  for (let i = 0; i < n; i++) {
    let sum = b[i] as number
    for (let k = 0; k < i; k++) sum -= (factor[i * n + k] as number) * (b[k] as number)
    b[i] = sum / (factor[i * n + i] as number)
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i] as number
    for (let k = i + 1; k < n; k++) sum -= (factor[k * n + i] as number) * (b[k] as number)
    b[i] = sum / (factor[i * n + i] as number)
  }
}
