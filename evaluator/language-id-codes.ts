import type { Language } from '../data/language.ts'

/**
 * CLD3's codes and the ISO 639-3 languages that each may stand for, the usual one first. Languages that share a code, or a group joined by `=`, cannot be told apart by it:
 * Croatian, Bosnian and Serbian in Latin script; Bokmål and Nynorsk; Indonesian and Malay.
 */
const table = `af:afr am:amh ar:arb,ara,arz,ary,apc,ars,acm,aeb,ajp,acq az:azj,aze be:bel bg:bul bn:ben bs:bos=hrv,srp,hbs,cnr ca:cat ceb:ceb co:cos cs:ces cy:cym da:dan de:deu
el:ell en:eng eo:epo es:spa et:ekk,est eu:eus fa:pes,fas,prs fi:fin fil:fil,tgl fr:fra fy:fry ga:gle gd:gla gl:glg gu:guj ha:hau haw:haw hi:hin hmn:hmn,mww hr:hrv=bos,srp,hbs,cnr
ht:hat hu:hun hy:hye id:ind=zsm,msa,zlm ig:ibo is:isl it:ita iw:heb ja:jpn jv:jav ka:kat kk:kaz km:khm kn:kan ko:kor ku:kmr,kur ky:kir la:lat lb:ltz lo:lao lt:lit lv:lvs,lav
mg:plt,mlg mi:mri mk:mkd ml:mal mn:khk,mon mr:mar ms:zsm,msa,zlm=ind mt:mlt my:mya ne:npi,nep nl:nld no:nob,nno,nor ny:nya pa:pan pl:pol ps:pbt,pus,pbu pt:por ro:ron ru:rus
sd:snd si:sin sk:slk sl:slv sm:smo sn:sna so:som sq:als,sqi sr:srp=hrv,bos,hbs,cnr st:sot su:sun sv:swe sw:swh,swa ta:tam te:tel tg:tgk th:tha tr:tur uk:ukr ur:urd uz:uzn,uzb
vi:vie xh:xho yi:ydd,yid yo:yor zh:cmn,zho zu:zul`

const byCode = new Map(
  table.split(/\s+/).map((entry) => {
    const [code = '', list = ''] = entry.split(':')
    return [code, list.split(/[,=]/)] as const
  }),
)

/** For each ISO 639-3 code that CLD3 may answer with, every code that the answer may stand for. */
const standsFor = new Map([...byCode.values()].map((codes) => [codes[0] as string, new Set(codes)] as const))

const known = new Set([...byCode.values()].flat())

/** ISO 639-3 codes that one of CLD3's codes may stand for (`ru-Latn`, transliterated, is Russian); none for `und`. */
export function codesOf(cld3Code: string): readonly string[] {
  return byCode.get(cld3Code.replace('-Latn', '')) ?? []
}

/** Whether CLD3 can answer with the language. */
export function cld3Knows(language: Language): boolean {
  return known.has(language.iso3)
}

/** Whether an answer of CLD3, as its usual ISO 639-3 code, may stand for the language. */
export function sameLanguage(iso3: string, language: Language): boolean {
  return iso3 === language.iso3 || standsFor.get(iso3)?.has(language.iso3) === true
}
