/** The file of an evidence page, put together from its parts. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { printable } from '../core/printable.js';
import type { About, EmbeddedFile } from './about.js';
import { htmlText } from './html-text.js';
import type { Inspection } from './inspection.js';
import { pageView } from './view/page-view.js';

/** Script and style as the build made them. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

/** @throws what the system throws where the build left none */
export function readAssets(): PageAssets {
  const read = (name: string): string => readFileSync(new URL(`../page/${name}`, import.meta.url), 'utf8');
  return { script: read('page.js'), style: read('page.css') };
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * Nothing may be loaded, sent or run but this very script and style; the worker that checks is the script once more,
 * from memory.
 */
function contentPolicy({ script, style }: PageAssets): string {
  return [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    'worker-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** JSON that no HTML parser takes for anything else: it holds no `<`, so neither the end of a script nor a comment. */
function scriptSafeJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

/** @param files of the journal; none for a page that has it dropped onto it */
export function pageFile(
  about: About,
  files: readonly EmbeddedFile[],
  inspection: Inspection,
  assets: PageAssets,
): string {
  const title = printable(`egress evidence: ${inspection.report.runs.at(-1)?.command ?? 'journal'}`, { max: 80 });
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    htmlText({
      tag: 'meta',
      attributes: { 'http-equiv': 'Content-Security-Policy', content: contentPolicy(assets) },
      children: [],
    }),
    '<meta name="referrer" content="no-referrer">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    htmlText({ tag: 'title', attributes: {}, children: [title] }),
    `<style>${assets.style}</style>`,
    '</head>',
    '<body>',
    htmlText(pageView(about, inspection)),
    `<script type="application/json" id="about">${scriptSafeJson(about)}</script>`,
    `<script type="application/json" id="journal">${scriptSafeJson(files)}</script>`,
    `<script>${assets.script}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}
