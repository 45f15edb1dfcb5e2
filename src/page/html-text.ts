/** Elements as HTML text. */
import type { Child, Element } from './element.js';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}

/** Elements that have no end tag. */
const VOID: ReadonlySet<string> = new Set(['input', 'br', 'meta']);

export function htmlText(child: Child): string {
  if (child === undefined) return '';
  if (typeof child === 'string') return escapeText(child);
  return 'tag' in child ? elementText(child) : child.map(htmlText).join('');
}

function elementText({ tag, attributes, children }: Element): string {
  const written = Object.entries(attributes).flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    return value === true ? [` ${name}`] : [` ${name}="${escapeText(String(value))}"`];
  });
  const open = `<${tag}${written.join('')}>`;
  return VOID.has(tag) ? open : `${open}${children.map(htmlText).join('')}</${tag}>`;
}
