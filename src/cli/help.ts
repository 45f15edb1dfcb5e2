import { Help } from '@oclif/core/help';
import type { Command } from '@oclif/core/command';
import { EgressError } from '../core/error.js';
import { printable } from '../core/printable.js';
import { suggestion } from '../core/suggestion.js';
import { HELP_TOPICS } from './help-topics.js';

/** Commands by what somebody wants to do; one that stands in none of the groups is listed last. */
const GROUPS: readonly (readonly [title: string, ids: readonly string[]])[] = [
  ['Record', ['run']],
  ['Read', ['report', 'log', 'show']],
  ['Judge', ['policy:check', 'diff', 'policy:learn', 'policy:explain']],
  ['Prove', ['verify', 'head', 'prove', 'cosign', 'export']],
  ['Keep', ['hold', 'vacuum']],
  ['Set up', ['init', 'doctor', 'completion']],
  [
    'Bodies, where metadata is not enough',
    [
      ...['officer:init', 'officer:add', 'officer:revoke', 'officer:list', 'officer:sign'],
      ...['forensics:enable', 'forensics:disable', 'forensics:list'],
      ...['forensics:request', 'forensics:release', 'forensics:open', 'forensics:submit', 'forensics:read'],
      ...['grant', 'fingerprint'],
    ],
  ],
];

const PRELUDE = `egress records every network call of a program and its children, names the npm
package behind each, and signs the record so that an alteration shows.

USAGE
  egress run -- node app.js     record
  egress report                 read
  egress verify                 check`;

/** The help class that package.json names: root help in groups, and topics beside the commands. */
export default class EgressHelp extends Help {
  override async showHelp(argv: string[]): Promise<void> {
    const subject = argv.find((word) => !word.startsWith('-') && word !== 'help');
    const topic = subject === undefined ? undefined : HELP_TOPICS[subject];
    if (topic !== undefined) {
      this.log(topic.text);
      return;
    }
    if (subject !== undefined && !this.config.findCommand(subject) && !this.config.findTopic(subject)) {
      throw this.#unknown(subject);
    }
    await super.showHelp(argv);
  }

  protected override showRootHelp(): Promise<void> {
    const commands = this.sortedCommands.filter(({ id }) => id !== 'help');
    const rest = commands.map(({ id }) => id).filter((id) => !GROUPS.some(([, ids]) => ids.includes(id)));
    const lines = [PRELUDE];
    for (const [title, ids] of [...GROUPS, ['Other', rest] as const]) {
      const present = ids.flatMap((id) => commands.filter((command) => command.id === id));
      if (present.length > 0) lines.push('', title.toUpperCase(), ...present.map(rowOf));
    }
    lines.push('', 'MORE');
    for (const [name, { summary }] of Object.entries(HELP_TOPICS)) lines.push(row(`help ${name}`, summary));
    lines.push(row('COMMAND --help', 'What a command takes'), row('--version', 'The version'));
    this.log(lines.join('\n'));
    return Promise.resolve();
  }

  #unknown(subject: string): EgressError {
    const known = [...this.sortedCommands.map(({ id }) => id), ...Object.keys(HELP_TOPICS)];
    const meant = suggestion(subject, known);
    return new EgressError('USAGE', `there is no help for ${printable(subject, { max: 64 })}`, {
      hint: `${meant === undefined ? '' : `${meant}\n`}egress --help lists what there is.`,
    });
  }
}

/** A command as it is typed: oclif's own ids have colons. */
function words(id: string): string {
  return id.replaceAll(':', ' ');
}

function row(name: string, summary: string): string {
  return `  ${name.padEnd(18)}${summary}`;
}

function rowOf(command: Command.Loadable): string {
  return row(words(command.id), command.summary ?? '');
}
