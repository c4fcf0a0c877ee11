/**
 * The 204 codes of FLORES-200, and `nqo_Nkoo`, which SIB-200 adds. Where a language is there in two scripts the usual one comes first.
 *
 * SIB-200, Belebele and the FLORES data sets name their parts by these codes.
 */
export const floresCodes: readonly string[] = `
ace_Latn ace_Arab acm_Arab acq_Arab aeb_Arab afr_Latn ajp_Arab aka_Latn als_Latn amh_Ethi apc_Arab arb_Arab arb_Latn ars_Arab ary_Arab
arz_Arab asm_Beng ast_Latn awa_Deva ayr_Latn azb_Arab azj_Latn bak_Cyrl bam_Latn ban_Latn bel_Cyrl bem_Latn ben_Beng bho_Deva bjn_Latn
bjn_Arab bod_Tibt bos_Latn bug_Latn bul_Cyrl cat_Latn ceb_Latn ces_Latn cjk_Latn ckb_Arab crh_Latn cym_Latn dan_Latn deu_Latn dik_Latn
dyu_Latn dzo_Tibt ell_Grek eng_Latn epo_Latn est_Latn eus_Latn ewe_Latn fao_Latn fij_Latn fin_Latn fon_Latn fra_Latn fur_Latn fuv_Latn
gaz_Latn gla_Latn gle_Latn glg_Latn grn_Latn guj_Gujr hat_Latn hau_Latn heb_Hebr hin_Deva hne_Deva hrv_Latn hun_Latn hye_Armn ibo_Latn
ilo_Latn ind_Latn isl_Latn ita_Latn jav_Latn jpn_Jpan kab_Latn kac_Latn kam_Latn kan_Knda kas_Arab kas_Deva kat_Geor kaz_Cyrl kbp_Latn
kea_Latn khk_Cyrl khm_Khmr kik_Latn kin_Latn kir_Cyrl kmb_Latn kmr_Latn knc_Latn knc_Arab kon_Latn kor_Hang lao_Laoo lij_Latn lim_Latn
lin_Latn lit_Latn lmo_Latn ltg_Latn ltz_Latn lua_Latn lug_Latn luo_Latn lus_Latn lvs_Latn mag_Deva mai_Deva mal_Mlym mar_Deva min_Latn
min_Arab mkd_Cyrl mlt_Latn mni_Beng mos_Latn mri_Latn mya_Mymr nld_Latn nno_Latn nob_Latn npi_Deva nso_Latn nus_Latn nya_Latn oci_Latn
ory_Orya pag_Latn pan_Guru pap_Latn pbt_Arab pes_Arab plt_Latn pol_Latn por_Latn prs_Arab quy_Latn ron_Latn run_Latn rus_Cyrl sag_Latn
san_Deva sat_Olck scn_Latn shn_Mymr sin_Sinh slk_Latn slv_Latn smo_Latn sna_Latn snd_Arab som_Latn sot_Latn spa_Latn srd_Latn srp_Cyrl
ssw_Latn sun_Latn swe_Latn swh_Latn szl_Latn tam_Taml taq_Latn taq_Tfng tat_Cyrl tel_Telu tgk_Cyrl tgl_Latn tha_Thai tir_Ethi tpi_Latn
tsn_Latn tso_Latn tuk_Latn tum_Latn tur_Latn twi_Latn tzm_Tfng uig_Arab ukr_Cyrl umb_Latn urd_Arab uzn_Latn vec_Latn vie_Latn war_Latn
wol_Latn xho_Latn ydd_Hebr yor_Latn yue_Hant zho_Hans zho_Hant zsm_Latn zul_Latn nqo_Nkoo
`
  .trim()
  .split(/\s+/)

/**
 * Macrolanguages of ISO 639-3 and the one member that stands for each: what people mean when they say its name, and what FLORES-200 sampled.
 * Each of a pair takes from the other what it lacks: endonym, script, FLORES code.
 */
export const memberOf: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ara: 'arb',
    aym: 'ayr',
    aze: 'azj',
    bik: 'bcl',
    chm: 'mhr',
    din: 'dik',
    doi: 'dgo',
    est: 'ekk',
    fas: 'pes',
    ful: 'fuv',
    grn: 'gug',
    iku: 'ike',
    kau: 'knc',
    kok: 'knn',
    kon: 'kng',
    lav: 'lvs',
    mlg: 'plt',
    mon: 'khk',
    msa: 'zsm',
    nep: 'npi',
    nor: 'nob',
    ori: 'ory',
    orm: 'gaz',
    pus: 'pbt',
    que: 'quy',
    sqi: 'als',
    swa: 'swh',
    tmh: 'taq',
    uzb: 'uzn',
    yid: 'ydd',
    zho: 'cmn',
    zza: 'diq',
  }),
)

/** The same pairs read the other way, with two more: `zlm`, "Malay (individual language)", and Filipino, the standard form of Tagalog. */
export const macroOf: ReadonlyMap<string, string> = new Map([
  ...[...memberOf].map(([macro, member]): [string, string] => [member, macro]),
  ['zlm', 'msa'],
  ['fil', 'tgl'],
])

const byLanguage = Map.groupBy(floresCodes, (code) => code.slice(0, 3))

/** The FLORES codes of a language, its usual script first: its own, or those of the member or macrolanguage that it pairs with. */
export function floresCodesOf(iso3: string): readonly string[] {
  for (const code of [iso3, memberOf.get(iso3), macroOf.get(iso3)]) {
    const codes = code === undefined ? undefined : byLanguage.get(code)
    if (codes) return codes
  }
  return []
}
