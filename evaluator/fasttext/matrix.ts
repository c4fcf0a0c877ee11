import type { FileReader } from './file.ts'

/** The rows of a matrix, as they are added up and multiplied. */
export type Matrix = {
  rows: number
  columns: number
  addTo(sum: Float32Array, row: number): void
  dot(vector: Float32Array, row: number): number
}

/** Matrices up to this size are held in memory; of larger ones the rows are read from the file. Bytes. */
const heldMost = 256 * 2 ** 20

/** Reads a matrix: floats, or quantised by products (Jégou et al. 2011), as fastText's `.ftz` files have it. */
export function readMatrix(reader: FileReader, quantised: boolean): Matrix {
  return quantised ? readQuantised(reader) : readDense(reader)
}

function readDense(reader: FileReader): Matrix {
  const [rows, columns] = [reader.int64(), reader.int64()]
  const bytes = rows * columns * 4
  if (bytes <= heldMost) {
    const values = reader.floats(rows * columns)
    return withRows(rows, columns, (row) => values.subarray(row * columns, (row + 1) * columns))
  }
  const start = reader.position()
  reader.skip(bytes)
  const values = new Float32Array(columns)
  return withRows(rows, columns, (row) => {
    reader.floatsAt(start + row * columns * 4, values)
    return values
  })
}

function readQuantised(reader: FileReader): Matrix {
  const hasNorms = reader.byte() === 1
  const [rows, columns] = [reader.int64(), reader.int64()]
  const codes = reader.bytes(reader.int32())
  const product = readQuantiser(reader)
  const normCodes = hasNorms ? reader.bytes(rows) : undefined
  const norms = hasNorms ? readQuantiser(reader) : undefined
  const values = new Float32Array(columns)
  return withRows(rows, columns, (row) => {
    const norm = normCodes && norms ? (norms.centroids[normCodes[row] as number] as number) : 1
    for (let part = 0; part < product.parts; part++) {
      const width = part === product.parts - 1 ? product.lastWidth : product.width
      const code = codes[row * product.parts + part] as number
      const from = part * 256 * product.width + code * width
      for (let i = 0; i < width; i++) values[part * product.width + i] = norm * (product.centroids[from + i] as number)
    }
    return values
  })
}

function readQuantiser(reader: FileReader) {
  const [dimension, parts, width, lastWidth] = [reader.int32(), reader.int32(), reader.int32(), reader.int32()]
  return { parts, width, lastWidth, centroids: reader.floats(dimension * 256) }
}

function withRows(rows: number, columns: number, valuesOf: (row: number) => Float32Array): Matrix {
  return {
    rows,
    columns,
    addTo: (sum, row) => {
      const values = valuesOf(row)
      for (let i = 0; i < columns; i++) sum[i] = (sum[i] as number) + (values[i] as number)
    },
    dot: (vector, row) => {
      const values = valuesOf(row)
      let sum = 0
      for (let i = 0; i < columns; i++) sum += (vector[i] as number) * (values[i] as number)
      return sum
    },
  }
}
