import { json } from './api.js'
import { element } from './element.js'

/**
 * A field in which a language is chosen by typing its name in any language (the combobox with a list of WAI-ARIA's Authoring Practices).
 *
 * @param {{t: Function, tag: string}} page
 * @param {{label: string, onChoose(language: object): void, id?: string}} options
 * @returns {{node: HTMLElement, field: HTMLInputElement}}
 */
export function languageField({ t, languageName }, { label, onChoose, id = 'language' }) {
  const list = element('ul', { id: `${id}-list`, role: 'listbox', className: 'options', hidden: true, aria: { label } })
  const said = element('p', { className: 'unseen', role: 'status' })
  const field = element('input', {
    id,
    type: 'text',
    autocomplete: 'off',
    spellcheck: false,
    dir: 'auto',
    role: 'combobox',
    placeholder: t('shared.language-type'),
    aria: { expanded: 'false', controls: list.id, autocomplete: 'list' },
  })
  let found = []
  let active = -1
  let asked = 0

  const open = (wanted) => {
    list.hidden = !wanted
    field.setAttribute('aria-expanded', String(wanted))
    if (!wanted) field.removeAttribute('aria-activedescendant')
  }
  const choose = (language) => {
    field.value = language.endonym ?? language.name
    open(false)
    onChoose(language)
  }
  const move = (to) => {
    active = (to + found.length) % found.length
    for (const [i, option] of [...list.children].entries()) option.setAttribute('aria-selected', String(i === active))
    field.setAttribute('aria-activedescendant', `${id}-${active}`)
    list.children[active].scrollIntoView({ block: 'nearest' })
  }
  const draw = () => {
    active = -1
    list.replaceChildren(
      ...found.map((language, i) => {
        const own = language.endonym ?? language.name
        const others = [...new Set([languageName(language.tag), language.name])].filter((name) => name !== own)
        return element(
          'li',
          {
            id: `${id}-${i}`,
            role: 'option',
            aria: { selected: 'false' },
            // Before the field loses the focus.
            onmousedown: (event) => event.preventDefault(),
            onclick: () => choose(language),
          },
          element('span', { lang: language.tag, dir: 'auto' }, own),
          element(
            'span',
            { className: 'faint' },
            [...others, t('shared.models-count', { count: language.models })].join(' · '),
          ),
        )
      }),
    )
    open(found.length > 0)
    said.textContent = found.length === 0 && field.value.trim() !== '' ? t('shared.language-none') : ''
  }
  const search = async () => {
    const mine = ++asked
    const { languages } = await json(`/api/languages?q=${encodeURIComponent(field.value.trim())}`).catch(() => ({
      languages: [],
    }))
    // What was typed meanwhile has been asked for too.
    if (mine !== asked) return
    found = languages
    draw()
  }
  let timer
  field.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(search, 120)
  })
  field.addEventListener('focus', search)
  field.addEventListener('blur', () => open(false))
  field.addEventListener('keydown', (event) => {
    if (event.isComposing) return
    if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && found.length > 0) {
      event.preventDefault()
      open(true)
      move(active + (event.key === 'ArrowDown' ? 1 : active < 0 ? 0 : -1))
    } else if (event.key === 'Enter' && !list.hidden) {
      event.preventDefault()
      choose(found[Math.max(0, active)])
    } else if (event.key === 'Escape' && !list.hidden) {
      event.preventDefault()
      event.stopPropagation()
      open(false)
    }
  })
  return {
    field,
    node: element('div', { className: 'field combo' }, element('label', { htmlFor: id }, label), field, list, said),
  }
}
