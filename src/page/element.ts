/**
 * What the evidence page shows, as a tree that knows neither markup nor a document. `egress export` writes it as HTML,
 * and the page puts it into its own document; so both show the same, and nothing that was recorded is ever parsed as
 * markup: it can only be a text or the value of an attribute.
 */

/** Names of attributes come from this project's code alone; values may not. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export type Child = Element | string | undefined | readonly Child[];

export interface Element {
  readonly tag: string;
  readonly attributes: Attributes;
  readonly children: readonly Child[];
}

/** @param attributes `true` for one without a value; `undefined` and `false` are left out */
export function h(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): Element {
  return { tag, attributes, children };
}

/** A section that a screen reader lists by its heading. */
export function section(id: string, title: string, ...children: readonly Child[]): Element {
  return h('section', { id, 'aria-labelledby': `${id}-title` }, h('h2', { id: `${id}-title` }, title), ...children);
}

/** A list, or nothing where there is nothing to list. */
export function list(items: readonly Child[], attributes: Attributes = {}): Child {
  return items.length === 0 ? undefined : h('ul', attributes, ...items.map((item) => h('li', {}, item)));
}
