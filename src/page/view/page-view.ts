/** The page as a whole, as it is written to the file: complete to read also where no script runs. */
import { printable } from '../../core/printable.js';
import { momentText } from '../../report/model/group-text.js';
import { countText } from '../../report/text/quantity-text.js';
import type { About } from '../about.js';
import { h, section, type Child, type Element } from '../element.js';
import type { Inspection } from '../inspection.js';
import { pair } from './check-view.js';
import { RECORD_COLUMNS } from './record-view.js';
import { answerSection, reportSections } from './report-view.js';

export function pageView(about: About, { report }: Inspection): readonly Element[] {
  return [
    h('a', { class: 'skip', href: '#answer' }, 'Skip to the answer'),
    h(
      'header',
      {},
      h('p', { class: 'brand' }, 'egress', h('span', {}, ' evidence page')),
      h(
        'nav',
        { 'aria-label': 'Sections' },
        ...NAVIGATION.map(([id, title, isLive]) =>
          h('a', { href: `#${id}`, class: isLive ? 'live' : undefined }, title),
        ),
      ),
    ),
    h(
      'main',
      {},
      h(
        'p',
        { class: 'printed' },
        'This is a print. It says what the page showed when it was printed, and proves nothing by itself: the evidence ' +
          'is the file, and the journal that it checks.',
      ),
      h(
        'section',
        { id: 'answer', 'aria-labelledby': 'answer-title' },
        h('h1', { id: 'answer-title' }, 'What the program sent where'),
        h('div', { id: 'answer-body' }, answerSection(report)),
        h('p', { id: 'report-source', class: 'none' }, countedBy(about)),
      ),
      checkSection(about),
      h('div', { id: 'report' }, reportSections(report)),
      recordsSection(),
    ),
    footer(about),
    h(
      'dialog',
      { id: 'record', 'aria-labelledby': 'record-title' },
      h('form', { method: 'dialog' }, h('button', { type: 'submit', class: 'close' }, 'Close')),
      h('div', { id: 'record-body' }),
    ),
  ];
}

const NAVIGATION: readonly (readonly [id: string, title: string, isLive: boolean])[] = [
  ['answer', 'Answer', false],
  ['check', 'Check', false],
  ['destinations', 'Destinations', false],
  ['traffic', 'Traffic', false],
  ['coverage', 'Not seen', false],
  ['limits', 'Not shown', false],
  ['records', 'Records', true],
];

function countedBy({ exported, version }: About): string {
  return `As egress ${printable(version, { max: 32 })} counted it on ${momentText(exported)}. This page has not checked that.`;
}

function checkSection(about: About): Element {
  return section(
    'check',
    'Can this record be believed?',
    h(
      'div',
      { id: 'check-status', role: 'status', 'aria-live': 'polite' },
      h(
        'p',
        { class: 'answer open' },
        h('span', { class: 'glyph', 'aria-hidden': 'true' }, '?'),
        ' ',
        h('strong', {}, 'NOT CHECKED'),
        ' ',
        h('span', { class: 'sentence' }, 'This page has not checked itself. It does so where scripts may run.'),
      ),
    ),
    h('progress', { id: 'check-progress', class: 'live', max: 1, value: 0, hidden: true, 'aria-label': 'Check' }),
    about.isComplete ? undefined : dropZone(about),
    pasteForm(about),
    h('div', { id: 'check-result' }),
    h(
      'aside',
      { class: 'honesty', 'aria-labelledby': 'honesty-title' },
      h('h3', { id: 'honesty-title' }, 'What this check is worth'),
      h(
        'p',
        {},
        'The record and the code that checks it are in one file. Whoever could change the one could have changed the ' +
          'other. So compare: give above the key and a head that you got on another way than this page; or check the ' +
          'journal with a program that you got elsewhere: ',
        h('code', {}, 'egress verify'),
        ' or ',
        h('code', {}, 'egress-verify.mjs'),
        '.',
      ),
      about.isComplete ? saving() : undefined,
    ),
  );
}

function saving(): Element {
  return h(
    'p',
    { class: 'live' },
    h('button', { id: 'save', type: 'button' }, 'Save the journal (.tar)'),
    ' then ',
    h('code', {}, 'tar -xf journal.tar'),
    ' and ',
    h('code', {}, 'egress verify journal --key KEY'),
  );
}

const KEY_SOURCES: Readonly<Record<About['keySource'], string>> = {
  given: 'given by whoever made this page',
  own: 'held by whoever made this page, who recorded the journal',
  journal: 'named by the journal itself',
};

function pasteForm(about: About): Element {
  return h(
    'form',
    { id: 'paste', class: 'live', autocomplete: 'off' },
    h('label', { for: 'key' }, 'Key that you got elsewhere'),
    h('textarea', { id: 'key', rows: 2, spellcheck: 'false', placeholder: 'name+1a2b3c4d+AbC…=' }),
    h('label', { for: 'head' }, 'Head that you got elsewhere'),
    h('textarea', { id: 'head', rows: 2, spellcheck: 'false', placeholder: 'SIZE:ROOT, or the text of a checkpoint' }),
    h('label', { for: 'witnesses' }, 'Keys of witnesses that you trust, one a line'),
    h('textarea', { id: 'witnesses', rows: 2, spellcheck: 'false', placeholder: 'name+1a2b3c4d+BAb…=' }),
    h(
      'p',
      { class: 'none' },
      'Without a key, this page checks with its own, ',
      `${KEY_SOURCES[about.keySource]}: `,
      h('code', {}, printable(about.key, { max: 400 })),
    ),
    h('div', { class: 'actions' }, h('button', { type: 'submit' }, 'Check with these')),
    h('div', { id: 'paste-status', class: 'notes', role: 'status' }),
  );
}

function dropZone({ records, bytes }: About): Element {
  return h(
    'div',
    { id: 'drop', class: 'live' },
    h(
      'p',
      {},
      `The journal has ${countText(records, 'record')} (${Math.ceil(bytes / 1e6)} MB), too many for a page. Drop its folder here; nothing leaves this computer.`,
    ),
    h('label', { for: 'folder' }, 'Choose the folder'),
    h('input', { id: 'folder', type: 'file', webkitdirectory: true, multiple: true }),
    h('label', { for: 'files' }, 'or its files'),
    h('input', { id: 'files', type: 'file', multiple: true }),
    h('p', { id: 'drop-status', role: 'status' }),
  );
}

function recordsSection(): Element {
  return h(
    'section',
    { id: 'records', class: 'live', 'aria-labelledby': 'records-title' },
    h('h2', { id: 'records-title' }, 'Records'),
    h(
      'form',
      { id: 'search', role: 'search', autocomplete: 'off' },
      h(
        'p',
        {},
        h('span', { id: 'search-of' }, 'All records'),
        ' ',
        h('button', { type: 'button', id: 'search-all', hidden: true }, 'All records'),
      ),
      h('label', { for: 'words' }, 'Words that have to occur; !word for one that must not'),
      h('input', { id: 'words', type: 'search', spellcheck: 'false' }),
      h('button', { type: 'submit' }, 'Search'),
    ),
    h('p', { id: 'search-status', role: 'status', 'aria-live': 'polite' }),
    h(
      'div',
      { class: 'table', tabindex: '0', role: 'region', 'aria-label': 'Table: records' },
      h(
        'table',
        {},
        h('caption', { class: 'unseen' }, 'Records'),
        h('thead', {}, h('tr', {}, ...RECORD_COLUMNS.map((title) => h('th', { scope: 'col' }, title)))),
        h('tbody', { id: 'rows' }),
      ),
    ),
    h('button', { type: 'button', id: 'more', hidden: true }, 'More records'),
  );
}

function footer({ version, exported, records, key, isComplete }: About): Child & Element {
  return h(
    'footer',
    {},
    h(
      'dl',
      {},
      ...pair('Made by', `egress ${printable(version, { max: 32 })}, ${momentText(exported)}`),
      ...pair(
        'Holds',
        isComplete ? `${countText(records, 'record')}, as they are stored` : 'the signed heads; not the records',
      ),
      ...pair('Key', h('code', {}, printable(key, { max: 400 }))),
    ),
    h('p', {}, 'This page is one file. It opens no connection: its policy forbids it to.'),
  );
}
