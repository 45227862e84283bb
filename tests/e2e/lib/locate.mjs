// Finds elements the way a person does: by what they are and what they are called. The function is
// sent into the page, so it must not use anything from outside itself.

/**
 * @param {{by: 'testid'|'role'|'label'|'text'|'css', value: string, name?: string, pattern?: boolean,
 *          exact?: boolean, hidden?: boolean}} query
 * @param {Element} [within]
 * @returns {Element[]} in document order
 */
export function locate(query, within) {
  const roles = {
    alert: '[role=alert]',
    alertdialog: '[role=alertdialog]',
    button: 'button:not([role]), [role=button], input[type=button], input[type=submit], summary',
    checkbox: 'input[type=checkbox]:not([role]), [role=checkbox]',
    combobox: 'select:not([role]), [role=combobox]',
    dialog: 'dialog, [role=dialog], [role=alertdialog]',
    heading: 'h1, h2, h3, h4, h5, h6, [role=heading]',
    link: 'a[href]:not([role]), [role=link]',
    list: 'ul:not([role]), ol:not([role]), [role=list]',
    listitem: 'li:not([role]), [role=listitem]',
    main: 'main, [role=main]',
    navigation: 'nav, [role=navigation]',
    option: 'option, [role=option]',
    progressbar: 'progress, [role=progressbar]',
    radio: 'input[type=radio]:not([role]), [role=radio]',
    searchbox: 'input[type=search], [role=searchbox]',
    spinbutton: 'input[type=number], [role=spinbutton]',
    status: 'output, [role=status]',
    switch: '[role=switch]',
    tab: '[role=tab]',
    textbox:
      'input:not([type]), input[type=text], input[type=tel], input[type=url], input[type=email], ' +
      'input[type=password], input[type=search], textarea, [role=textbox]',
  };
  const squeeze = (text) => (text ?? '').replace(/\s+/g, ' ').trim();
  const matches = (text, wanted) => {
    if (query.pattern) return new RegExp(wanted, 'i').test(text);
    return query.exact ? text === wanted : text.toLowerCase().includes(wanted.toLowerCase());
  };
  const labelsOf = (element) => {
    const parts = [];
    const ids = element.getAttribute('aria-labelledby');
    if (ids) parts.push(...ids.split(/\s+/).map((id) => document.getElementById(id)?.textContent));
    if (!parts.length && element.getAttribute('aria-label')) parts.push(element.getAttribute('aria-label'));
    if (!parts.length && element.labels) parts.push(...[...element.labels].map((label) => label.textContent));
    return squeeze(parts.join(' '));
  };
  const nameOf = (element) =>
    labelsOf(element) ||
    squeeze(element.textContent) ||
    squeeze(element.getAttribute('alt') ?? element.getAttribute('title') ?? element.getAttribute('placeholder')) ||
    squeeze(element.value);
  const shown = (element) => {
    if (query.hidden) return true;
    // A native radio or checkbox is often one clear pixel under its drawn row.
    if (element.matches('input[type=radio], input[type=checkbox]')) return true;
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && getComputedStyle(element).visibility !== 'hidden';
  };

  const base = within ?? document;
  let found;
  switch (query.by) {
    case 'testid':
      found = [...base.querySelectorAll('[data-testid]')].filter((element) =>
        query.pattern ? matches(element.dataset.testid, query.value) : element.dataset.testid === query.value,
      );
      break;
    case 'role':
      found = [...base.querySelectorAll(roles[query.value] ?? `[role=${query.value}]`)].filter(
        (element) => query.name === undefined || matches(nameOf(element), query.name),
      );
      break;
    case 'label':
      found = [...base.querySelectorAll('input, select, textarea, [role]')].filter((element) => {
        const label = labelsOf(element);
        return label !== '' && matches(label, query.value);
      });
      break;
    case 'text': {
      const all = [...base.querySelectorAll('body *')].filter(
        (element) => !['SCRIPT', 'STYLE'].includes(element.tagName) && matches(squeeze(element.textContent), query.value),
      );
      // The innermost ones: their parents hold the same text.
      found = all.filter((element) => !all.some((other) => other !== element && element.contains(other)));
      break;
    }
    case 'css':
      found = [...base.querySelectorAll(query.value)];
      break;
    default:
      throw new Error(`unknown way to find: ${query.by}`);
  }
  return found.filter(shown);
}
