const figure = (value) => value.toFixed(2);

function verdict({ median, target, aim, atLeast }) {
  const isMet = atLeast ? median >= target : median <= target;
  if (!isMet) return 'NOT MET';
  return aim === undefined || median >= aim ? 'met' : 'met, short of the aim';
}

const by = (own) => (own === undefined ? '' : figure(own));

function row(result) {
  const { title, median, min, max, n, unit, target, aim, atLeast, own, peer } = result;
  const goal = `${atLeast ? '≥' : '≤'} ${figure(target)}${aim === undefined ? '' : ` (aim ${figure(aim)})`}`;
  const other =
    peer === undefined
      ? ''
      : `${figure(peer.median)} (${figure(peer.min)}–${figure(peer.max)}), by own CPU ${by(peer.own)}`;
  return [
    title,
    `${figure(median)} ${unit}`,
    `${figure(min)}–${figure(max)}`,
    `${n}`,
    goal,
    verdict(result),
    by(own),
    other,
  ];
}

/** @param results shares and multiples, one a workload */
export function table(results) {
  const head = ['Workload', 'Median', 'Min–max', 'n', 'Target', 'Verdict', 'By own CPU', 'OpenTelemetry'];
  const rows = [head, ...results.map(row)];
  const widths = head.map((_, column) => Math.max(...rows.map((cells) => cells[column].length)));
  const line = (cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd();
  return `\n${rows.map(line).join('\n')}\n`;
}
