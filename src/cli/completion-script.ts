/**
 * Completion of egress's command lines, as a script for a shell. It is made from the commands themselves, holds all it
 * needs, and starts no process while somebody types. What stands after `--` is another program's command line and is
 * left to that program's own completion; where a file may stand, the shell completes files.
 */
import type { Command } from '@oclif/core/command';
import { HELP_TOPICS } from './help-topics.js';

export const SHELLS = ['bash', 'zsh'] as const;
export type Shell = (typeof SHELLS)[number];

interface Flag {
  /** As it is typed: `--output`, `-o`. */
  readonly names: readonly string[];
  readonly summary: string;
  /** What it takes, where that is one of a few words. */
  readonly values: readonly string[];
}

interface Words {
  /** With spaces. */
  readonly command: string;
  readonly summary: string;
  readonly flags: readonly Flag[];
  /** What it takes beside flags, where that is one of a few words. */
  readonly values: readonly string[];
}

/**
 * @param commands all of a configuration, hidden ones too
 * @returns the script's text, which names nothing of this machine
 */
export function completionScript(shell: Shell, commands: readonly Command.Loadable[]): string {
  const visible = commands.filter(({ hidden }) => !hidden).map(wordsOf);
  const everything = visible.map(({ command, summary }) => [command, summary] as const);
  const topics = Object.entries(HELP_TOPICS).map(([name, { summary }]) => [name, summary] as const);
  const all = visible.map((words) =>
    words.command === 'help' ? { ...words, values: [...everything, ...topics].map(([name]) => name) } : words,
  );
  all.sort((a, b) => (a.command < b.command ? -1 : 1));
  return shell === 'bash' ? bash(all) : zsh(all);
}

function wordsOf({ id, summary, flags, args }: Command.Loadable): Words {
  const own = Object.values(flags).filter(({ hidden }) => hidden !== true);
  return {
    command: id.replaceAll(':', ' '),
    summary: summary ?? '',
    values: Object.values(args).flatMap(({ options }) => options ?? []),
    flags: [
      ...own.map((flag) => {
        const { name, char, description } = flag;
        const no = flag.type === 'boolean' && flag.allowNo ? [`--no-${name}`] : [];
        return {
          names: [`--${name}`, ...no, ...(char === undefined ? [] : [`-${char}`])],
          summary: description ?? '',
          values: (flag.type === 'option' ? flag.options : undefined) ?? [],
        };
      }),
      { names: ['--help'], summary: 'What this command takes', values: [] },
    ],
  };
}

/** First words, each once: commands, and the topics that others stand below. */
function firstWords(all: readonly Words[]): (readonly [word: string, summary: string])[] {
  const first = new Map<string, string>();
  for (const { command, summary } of all) {
    const [word = '', second] = command.split(' ');
    const others = all
      .filter((other) => other.command.startsWith(`${word} `))
      .map((other) => other.command.split(' ')[1]);
    first.set(word, second === undefined ? summary : others.join(', '));
  }
  return [...first];
}

/** Second words below each topic. */
function below(all: readonly Words[]): Map<string, (readonly [word: string, summary: string])[]> {
  const topics = new Map<string, (readonly [string, string])[]>();
  for (const { command, summary } of all) {
    const [topic = '', word] = command.split(' ');
    if (word !== undefined) topics.set(topic, [...(topics.get(topic) ?? []), [word, summary]]);
  }
  return topics;
}

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
const list = (words: readonly string[]): string => quoted(words.join(' '));

/** Lines of a `case`, each indented by so much. */
function cases(rows: readonly (readonly [patterns: readonly string[], body: string])[], indent: string): string {
  return rows.map(([patterns, body]) => `${indent}${patterns.map(quoted).join(' | ')}) ${body} ;;`).join('\n');
}

const withValues = ({ flags }: Words): readonly Flag[] => flags.filter(({ values }) => values.length > 0);

function bash(all: readonly Words[]): string {
  const topics = [...below(all)].map(
    ([topic, words]) => [[topic], `words=${list(words.map(([word]) => word))}`] as const,
  );
  const flags = all.map((words) => [[words.command], `flags=${list(longNames(words))}`] as const);
  const values = all.flatMap((words) => [
    ...withValues(words).map(
      (flag) => [flag.names.map((name) => `${words.command} ${name}`), list(flag.values)] as const,
    ),
  ]);
  const beside = all
    .filter((words) => words.values.length > 0)
    .map((words) => [[words.command], list(words.values)] as const);
  const assigned = (rows: readonly (readonly [readonly string[], string])[]) =>
    rows.map(([patterns, body]) => [patterns, `words=${body}`] as const);
  return `# Completion of egress for bash. In ~/.bashrc: source <(egress completion bash)
_egress() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} flags= words= i
  COMPREPLY=()
  # After \`--\` stands another program, with a completion of its own.
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == -- ]] || continue
    if declare -F _comp_command_offset >/dev/null; then _comp_command_offset $((i + 1))
    elif declare -F _command_offset >/dev/null; then _command_offset $((i + 1))
    elif ((COMP_CWORD == i + 1)); then COMPREPLY=($(compgen -c -- "$cur"))
    fi
    return
  done
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W ${list([...firstWords(all).map(([word]) => word), '--help', '--version'])} -- "$cur"))
    return
  fi
  case $command in
${cases(topics, '    ')}
  esac
  if [[ -n $words ]]; then
    if ((COMP_CWORD == 2)); then
      COMPREPLY=($(compgen -W "$words" -- "$cur"))
      return
    fi
    command+=" \${COMP_WORDS[2]}" words=
  fi
  # Bash takes \`--flag=value\` for three words.
  if [[ $cur == = ]]; then cur=
  elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  case "$command $prev" in
${cases(assigned(values), '    ')}
  esac
  if [[ -z $words && $cur == -* ]]; then
    case $command in
${cases(flags, '      ')}
    esac
    words=$flags
  elif [[ -z $words ]]; then
    case $command in
${cases(assigned(beside), '      ')}
    esac
  fi
  # Without any, the shell's own completion of files is at work.
  [[ -z $words ]] || COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o bashdefault -o default -F _egress egress
`;
}

const longNames = ({ flags }: Words): string[] =>
  flags.flatMap(({ names }) => names).filter((name) => name.startsWith('--'));

/** Words with their summaries, as zsh's \`_describe\` takes them. */
function described(words: readonly (readonly [word: string, summary: string])[]): string {
  return words.map(([word, summary]) => quoted(`${word}:${summary}`)).join(' ');
}

function zsh(all: readonly Words[]): string {
  const topics = [...below(all)].map(([topic, words]) => [[topic], `words_of_topic=(${described(words)})`] as const);
  const flags = all.map((words) => {
    const rows = words.flags.flatMap(({ names, summary }) => names.map((name) => [name, summary] as const));
    return [[words.command], `described=(${described(rows.filter(([name]) => name.startsWith('--')))})`] as const;
  });
  const values = all.flatMap((words) =>
    withValues(words).map(
      (flag) =>
        [
          flag.names.map((name) => `${words.command} ${name}`),
          `values=(${flag.values.map(quoted).join(' ')})`,
        ] as const,
    ),
  );
  const beside = all
    .filter((words) => words.values.length > 0)
    .map((words) => [[words.command], `values=(${words.values.map(quoted).join(' ')})`] as const);
  return `#compdef egress
# Completion of egress for zsh. In ~/.zshrc, after compinit: source <(egress completion zsh)
_egress() {
  local command=$words[2] cur=$words[CURRENT] prev=$words[CURRENT-1]
  local -a described values words_of_topic
  # After \`--\` stands another program, with a completion of its own.
  integer at=\${words[(i)--]}
  if ((at < CURRENT)); then
    shift $at words
    ((CURRENT -= at))
    _normal
    return
  fi
  if ((CURRENT == 2)); then
    described=(${described([...firstWords(all), ['--help', 'What there is'], ['--version', 'The version']])})
    _describe command described
    return
  fi
  case $command in
${cases(topics, '    ')}
  esac
  if (($#words_of_topic)); then
    if ((CURRENT == 3)); then
      _describe command words_of_topic
      return
    fi
    command+=" $words[3]"
  fi
  if [[ $cur == --*=* ]]; then
    prev=\${cur%%=*}
    compset -P '*='
  fi
  case "$command $prev" in
${cases(values, '    ')}
  esac
  if ((! $#values)) && [[ $PREFIX == -* ]]; then
    case $command in
${cases(flags, '      ')}
    esac
    _describe -o option described
    return
  elif ((! $#values)); then
    case $command in
${cases(beside, '      ')}
    esac
  fi
  if (($#values)); then compadd -- $values; else _files; fi
}
if [[ $funcstack[1] == _egress ]]; then _egress "$@"; else compdef _egress egress; fi
`;
}
