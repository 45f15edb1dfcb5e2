/** Elements as nodes of the document. Text becomes text, whatever is in it. */
import type { Child } from '../element.js';

const SVG = 'http://www.w3.org/2000/svg';
const SVG_TAGS: ReadonlySet<string> = new Set(['svg', 'text', 'rect', 'line']);

export function nodesOf(child: Child): readonly Node[] {
  if (child === undefined) return [];
  if (typeof child === 'string') return [document.createTextNode(child)];
  if (!('tag' in child)) return child.flatMap(nodesOf);
  const { tag, attributes, children } = child;
  const element = SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.flatMap(nodesOf));
  return [element];
}

/** The element of the page with this id; the page is written by this project, so it is there. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}

export function inputById(id: string): HTMLInputElement | HTMLTextAreaElement {
  return byId(id) as HTMLInputElement | HTMLTextAreaElement;
}

export function show(id: string, child: Child): void {
  byId(id).replaceChildren(...nodesOf(child));
}
