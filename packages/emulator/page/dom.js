// The few things that the page does with elements. All text goes in as text: nothing that comes from outside is ever
// read as markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * One row of a table: its cells, the first of which names it, and what they say when pointed at.
 * @typedef {object} Row
 * @property {readonly string[]} cells
 * @property {string} [title]
 * @property {string} [state]
 */

/**
 * The element of the page with an id.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no ${id}`);
  return element;
}

/**
 * Makes an element of HTML.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Readonly<Record<string, string>>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function html(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/**
 * Makes an element of SVG.
 * @template {keyof SVGElementTagNameMap} Name
 * @param {Name} name
 * @param {Readonly<Record<string, string | number>>} [attributes]
 * @returns {SVGElementTagNameMap[Name]}
 */
export function svg(name, attributes = {}) {
  const element = document.createElementNS(SVG, name);
  setAttributes(element, attributes);
  return element;
}

/**
 * Sets attributes that are others than before.
 * @param {Element} element
 * @param {Readonly<Record<string, string | number>>} attributes
 */
export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    const text = String(value);
    if (element.getAttribute(name) !== text) element.setAttribute(name, text);
  }
}

/**
 * Sets a text that is another than before, so that a selection in what stays the same is left alone.
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Makes the rows of a table what they are now. Columns that the head marks as numbers are numbers here.
 * @param {HTMLElement} body
 * @param {readonly Row[]} rows
 */
export function setRows(body, rows) {
  while (body.children.length > rows.length) body.lastElementChild?.remove();
  const heads = body.parentElement?.querySelectorAll("thead th") ?? [];
  rows.forEach(({ cells, state = "", title = "" }, i) => {
    const row = body.children[i] ?? body.appendChild(newRow(heads));
    setAttributes(row, { "data-state": state, title });
    cells.forEach((text, at) => {
      const cell = row.children[at];
      if (cell !== undefined) setText(cell, text);
    });
  });
}

/**
 * @param {ArrayLike<Element>} heads
 * @returns {HTMLTableRowElement}
 */
function newRow(heads) {
  const cells = Array.from(heads, (head, at) => {
    const attributes = head.className === "" ? {} : { class: head.className };
    return at === 0 ? html("th", { scope: "row", ...attributes }) : html("td", attributes);
  });
  return html("tr", {}, ...cells);
}
