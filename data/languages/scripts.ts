import type { Direction } from '../language.ts'

/** The scripts of ISO 15924 that are written from right to left. */
const rightToLeft = new Set(
  `Adlm Arab Aran Armi Avst Chrs Cprt Elym Gara Hatr Hebr Hung Khar Lydi Mand Mani Mend Merc Mero Narb Nbat Nkoo Orkh Ougr Palm Phli Phlp
  Phnx Prti Rohg Samr Sarb Sidt Sogd Sogo Syrc Syre Syrj Syrn Thaa Todr Yezi`.split(/\s+/),
)

export function directionOf(script: string): Direction {
  return rightToLeft.has(script) ? 'rtl' : 'ltr'
}

/**
 * The usual script where the sources give none or another than most people write today: language-data says how a language's Wikipedia is
 * written, which is not always how the language is. For old languages, the script of what has come down to us.
 */
export const usualScripts: ReadonlyMap<string, string> = new Map(
  Object.entries({
    Arab: 'brh mfa xqa',
    Armn: 'xcl',
    Beng: 'syl',
    Copt: 'onw',
    Deva: 'hoc',
    Geor: 'oge',
    Grek: 'xbc',
    Hans: 'cdo cmn wuu zho',
    Hant: 'nan och',
    Jpan: 'mvi ojp rys xug',
    Kore: 'kor',
    Latn: 'con quh sjn tlh wya xno',
    Lina: 'lab omn',
    Mong: 'mnc sjo xng',
    Phnx: 'xpu',
    Tibt: 'xct',
    Xsux: 'elx plq sux xeb xht xhu xlu xur',
  }).flatMap(([script, codes]) => codes.split(' ').map((code): [string, string] => [code, script])),
)
