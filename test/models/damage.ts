import fc from 'fast-check'
import type { Entry, Header } from './tiny-llama.ts'

/** Numbers at which something ends. */
const edges = [
  0,
  1,
  2,
  3,
  7,
  8,
  15,
  16,
  31,
  32,
  33,
  64,
  255,
  256,
  258,
  259,
  512,
  513,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 40,
  2 ** 53,
  -1,
  0.5,
]
const number = fc.oneof(fc.constantFrom(...edges), fc.nat(400))
const texts = fc.oneof(
  fc.constantFrom('', 'llama', 'gpt2', 't5', 'bert', 'none', 'linear', 'yarn', 'model'),
  fc.string(),
)

type Damage = (file: { header: Header; after: { at: number; with: Uint8Array }[] }) => void

/** One change of a field, or of some bytes wherever they are. */
export const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(fc.nat(40), number, fc.option(fc.nat(12), { nil: undefined })).map(
    ([at, value, type]): Damage =>
      ({ header: { metadata } }) => {
        const found = metadata[at % metadata.length] as Entry
        const numeric = found.type !== 8 && found.type !== 9
        Object.assign(found, {
          ...(numeric && { value }),
          ...(type !== undefined && { type, ...(type === 8 && { value: `${value}` }) }),
        })
      },
  ),
  fc.tuple(fc.nat(40), texts).map(
    ([at, value]): Damage =>
      ({ header: { metadata } }) =>
        void Object.assign(metadata[at % metadata.length] as Entry, { type: 8, value }),
  ),
  fc.tuple(fc.nat(2), fc.nat(300), fc.oneof(number, texts)).map(
    ([list, at, item]): Damage =>
      ({ header: { metadata } }) => {
        const found = metadata.filter(({ type }) => type === 9)[list % 3]
        if (Array.isArray(found?.value)) found.value[at % found.value.length] = item
      },
  ),
  fc.nat(40).map(
    (at): Damage =>
      ({ header: { metadata } }) =>
        void metadata.splice(at % metadata.length, 1),
  ),
  fc.tuple(fc.nat(40), fc.nat(3), number, fc.nat(3)).map(
    ([at, field, value, dimension]): Damage =>
      ({ header: { tensors } }) => {
        const found = tensors[at % tensors.length] as Header['tensors'][number]
        if (field === 0) found.type = value % 45
        else if (field === 1) found.offset = value
        else if (field === 2) found.name = 'x'.repeat(Math.abs(value) % 80)
        else found.dimensions[dimension % found.dimensions.length] = value
      },
  ),
  fc.tuple(fc.nat(9000), fc.uint8Array({ minLength: 1, maxLength: 8 })).map(
    ([at, bytes]): Damage =>
      ({ after }) =>
        void after.push({ at, with: bytes }),
  ),
)
