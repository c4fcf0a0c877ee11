/** What is drawn. All text goes in as text: nothing that a model or a person wrote is ever read as markup. */

/**
 * @param {string} tag
 * @param {object} properties of the element; `data` and `aria` are objects of attributes with that beginning
 */
export function element(tag, { data = {}, aria = {}, ...properties } = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties)
  Object.assign(node.dataset, data)
  for (const [name, value] of Object.entries(aria)) node.setAttribute(`aria-${name}`, value)
  node.append(...children.filter((child) => child !== undefined && child !== null && child !== false))
  return node
}

/** A button that is no form's. */
export function button(label, onclick, properties = {}) {
  return element('button', { type: 'button', onclick, ...properties }, label)
}

/** What somebody wrote in some language: its own direction and fonts. @param lang BCP-47 */
export function passage(text, { lang = '', tag = 'p', className = '' } = {}) {
  return element(tag, { className: `passage ${className}`.trim(), dir: 'auto', lang }, text)
}

export const byId = (id) => document.getElementById(id)
