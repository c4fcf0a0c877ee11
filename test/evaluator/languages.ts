import type { Language } from '../../data/language.ts'

/** Languages as the tests of this folder need them. */
export const galician: Language = {
  iso3: 'glg',
  iso1: 'gl',
  bcp47: 'gl',
  name: 'Galician',
  endonym: 'galego',
  script: 'Latn',
  direction: 'ltr',
  flores: 'glg_Latn',
}
export const english: Language = {
  iso3: 'eng',
  iso1: 'en',
  bcp47: 'en',
  name: 'English',
  script: 'Latn',
  direction: 'ltr',
  flores: 'eng_Latn',
}
export const asturian: Language = {
  iso3: 'ast',
  bcp47: 'ast',
  name: 'Asturian',
  script: 'Latn',
  direction: 'ltr',
  flores: 'ast_Latn',
}
export const serbian: Language = {
  iso3: 'srp',
  iso1: 'sr',
  bcp47: 'sr',
  name: 'Serbian',
  script: 'Cyrl',
  direction: 'ltr',
}
export const tibetan: Language = {
  iso3: 'bod',
  iso1: 'bo',
  bcp47: 'bo',
  name: 'Tibetan',
  script: 'Tibt',
  direction: 'ltr',
}
export const occitan: Language = {
  iso3: 'oci',
  iso1: 'oc',
  bcp47: 'oc',
  name: 'Occitan',
  script: 'Latn',
  direction: 'ltr',
}
export const klingon: Language = { iso3: 'tlh', bcp47: 'tlh', name: 'Klingon', script: 'Latn', direction: 'ltr' }
