import { fold } from '../text/fold.js';
import { keyText, paragraph, type Look } from './look.js';

const KEYS: readonly (readonly [title: string, keys: readonly (readonly [string, string])[]])[] = [
  [
    'Move',
    [
      ['↑ ↓ j k', 'a line'],
      ['PgUp PgDn', 'a page; also space and b'],
      ['g G', 'to the first, to the last'],
      ['⏎', 'the records behind a number; in a list, the record'],
      ['esc', 'back'],
      ['tab 1-5', 'another panel'],
      ['← →', 'a number above the panels; ⏎ for its records'],
    ],
  ],
  [
    'Look',
    [
      ['u', 'unexpected calls; without a policy, all outbound calls'],
      ['/', 'all records; then / again for a filter: words, !x for without'],
      ['t', 'what the calls behind a row did over time, by day and hour'],
      ['f', 'follow what is being recorded'],
      ['space', 'pause while following; elsewhere a page down'],
    ],
  ],
  [
    'Do',
    [
      ['v', 'verify the journal; what was found stands in the panel Evidence'],
      ['p', 'the policy rule that would make the calls of a row expected'],
      ['e', 'export this report as Markdown or JSON'],
      ['q', 'quit; also Ctrl-C'],
    ],
  ],
];

const MARKS: readonly (readonly [string, string])[] = [
  ['✓', 'checked, and good'],
  ['–', 'not checked'],
  ['!', 'a limit, or something to look at'],
  ['✗', 'checked, and bad'],
  ['↑ ↓', 'bytes sent, bytes received, as seen from the program'],
];

const KEY_CELLS = 12;

export function helpLines(look: Look): readonly string[] {
  const { colour, columns } = look;
  const row = ([key, does]: readonly [string, string]): readonly string[] =>
    fold(keyText(does, look), columns - KEY_CELLS - 4).map(
      (line, index) => `   ${(index === 0 ? keyText(key, look) : '').padEnd(KEY_CELLS)}${line}`,
    );
  return [
    ...KEYS.flatMap(([title, keys]) => [` ${colour.bold(title)}`, ...keys.flatMap(row), '']),
    ` ${colour.bold('Marks')}`,
    ...MARKS.flatMap(row),
    '',
    ...paragraph(
      'Numbers come from the records, and each leads to the records that it counts. A report describes. Only egress ' +
        'verify, with a head kept elsewhere, shows that nothing was cut off.',
      look,
    ),
  ];
}
