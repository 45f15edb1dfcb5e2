/** A command of GitHub's runner, which takes `::name …::…` at the beginning of a line; its texts may hold anything. */
export function workflowCommand(name: 'error' | 'warning', title: string, text: string): string {
  return `::${name} title=${escapeProperty(title)}::${escapeData(text)}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
