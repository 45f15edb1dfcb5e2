import { writeFileSync } from 'node:fs';
import { systemCode } from '../../core/error.js';
import { printable, printableJson } from '../../core/printable.js';
import { buildFleet } from '../model/fleet.js';
import type { ReportModel } from '../model/report-model.js';
import { reportJson } from '../report-json.js';
import { reportMarkdown } from '../report-markdown.js';
import { paragraph, type Look } from './look.js';
import { characterOf, type Key, type Screen, type Stage } from './screen.js';

/** Names that are tried; an existing file is never overwritten. */
const ATTEMPTS = 100;

/** Asks for a form and writes the report into the working folder. */
export class ExportScreen implements Screen {
  readonly title = 'export';
  readonly keys = [
    ['m', 'Markdown'],
    ['j', 'JSON'],
    ['esc', 'back'],
  ] as const;
  readonly #stage: Stage;
  readonly #model: ReportModel;

  constructor(stage: Stage, model: ReportModel) {
    this.#stage = stage;
    this.#model = model;
  }

  body(look: Look): readonly string[] {
    return [
      '',
      ' Write this report to a file in the working folder:',
      '',
      '   m   egress-report.md     to read, or for a ticket',
      '   j   egress-report.json   for a program',
      '',
      ...paragraph(
        'Both hold hosts, paths and packages as they were recorded. Neither is evidence: give the journal and its key ' +
          'to whoever has to check.',
        look,
      ),
    ];
  }

  press(key: Key): void {
    const character = characterOf(key);
    if (key === 'escape' || key === 'backspace') this.#stage.pop();
    if (character !== 'm' && character !== 'j') return;
    const fleet = buildFleet([this.#model]);
    const text =
      character === 'm'
        ? `${reportMarkdown(fleet)}\n`
        : `${printableJson(JSON.stringify(reportJson(fleet), undefined, 2))}\n`;
    this.#stage.pop();
    this.#stage.say(save(text, character === 'm' ? 'md' : 'json'));
  }
}

function save(text: string, extension: string): string {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const name = `egress-report${attempt === 1 ? '' : `-${attempt}`}.${extension}`;
    try {
      writeFileSync(name, text, { flag: 'wx', mode: 0o600 });
      return `✓ written to ${printable(name)}`;
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') {
        return `✗ cannot write ${printable(name)}: ${systemCode(error) ?? 'unknown error'}`;
      }
    }
  }
  return '✗ there are too many exported reports here already';
}
