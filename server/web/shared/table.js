import { element } from './element.js'

/**
 * Figures in rows, which can be moved sideways where they are wider than the screen.
 *
 * @param rows texts or nodes; the first of each row is its head
 */
export function table(head, rows) {
  const cell = (text, i) =>
    i === 0 ? element('th', { scope: 'row', dir: 'auto' }, text) : element('td', { className: 'figure' }, text)
  return element(
    'div',
    { className: 'scroll', tabIndex: 0, role: 'region', aria: { label: head.join(', ') } },
    element(
      'table',
      {},
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          ...head.map((text, i) =>
            element('th', { scope: 'col', className: i === 0 ? '' : 'figure', dir: 'auto' }, text),
          ),
        ),
      ),
      element('tbody', {}, ...rows.map((row) => element('tr', {}, ...row.map(cell)))),
    ),
  )
}
