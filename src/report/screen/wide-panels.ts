import { displayWidth, padEnd, padStart, truncate } from '../../core/display-width.js';
import type { Group } from '../model/groups.js';
import { barText, destinationText, packageText } from '../model/group-text.js';
import type { ReportModel } from '../model/report-model.js';
import { receivedText, sentText } from '../model/sizes.js';
import type { Look } from './look.js';

const ROWS = 4;
const BAR_CELLS = 12;

/** Two panels side by side, where there is room: who called most, and where the bytes went. */
export function widePanels(model: ReportModel, { columns, colour }: Look): readonly string[] {
  const left = Math.floor(columns / 2) - 1;
  const packages = packageLines(model.packages, left);
  const bytes = byteLines(model.destinations, columns - left - 2);
  const lines = Array.from({ length: Math.max(packages.length, bytes.length) }, (_, index) => {
    return `${padEnd(packages[index] ?? '', left)}│${bytes[index] ?? ''}`;
  });
  return [colour.dim(`${padEnd(' Traffic by package', left)}│ Bytes by destination (sent ↑  received ↓)`), ...lines];
}

function packageLines(packages: readonly Group[], width: number): readonly string[] {
  const most = Math.max(1, ...packages.map(({ calls }) => calls));
  const all = packages.reduce((sum, { calls }) => sum + calls, 0);
  return packages.slice(0, ROWS).map((group) => {
    const share = `${Math.round((group.calls / Math.max(1, all)) * 100)}%`;
    const bar = padEnd(barText(group.calls, most, BAR_CELLS - 1, '█'), BAR_CELLS);
    const numbers = `${padStart(String(group.calls), 8)} ${padStart(share, 4)} ${bar}`;
    const room = width - numbers.length - 3;
    return `   ${padEnd(truncate(packageText(group), room), room)}${numbers}`;
  });
}

function byteLines(groups: readonly Group[], width: number): readonly string[] {
  const shown = groups.toSorted((a, b) => b.sent + b.received - a.sent - a.received).slice(0, ROWS);
  const sizes = shown.map((group) => [sentText(group), receivedText(group)] as const);
  const widthOf = (index: 0 | 1): number => Math.max(9, ...sizes.map((pair) => displayWidth(pair[index])));
  return shown.map((group, index) => {
    const [sent = '', received = ''] = sizes[index] ?? [];
    const numbers = ` ↑${padStart(sent, widthOf(0))} ↓${padStart(received, widthOf(1))}`;
    const room = width - numbers.length - 2;
    return ` ${padEnd(truncate(destinationText(group), room), room)}${numbers}`;
  });
}
