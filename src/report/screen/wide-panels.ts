import { padEnd, padStart, truncate } from '../../core/display-width.js';
import { barText, destinationText, packageText } from '../model/group-text.js';
import type { ReportModel } from '../model/report-model.js';
import { bytesText } from '../text/quantity-text.js';
import type { Look } from './look.js';

const ROWS = 4;

/** Two panels side by side, where there is room: who called most, and where the bytes went. */
export function widePanels(model: ReportModel, { columns, colour }: Look): readonly string[] {
  const left = Math.floor(columns / 2) - 1;
  const right = columns - left - 2;
  const most = Math.max(1, ...model.packages.map(({ calls }) => calls));
  const all = model.packages.reduce((sum, { calls }) => sum + calls, 0);
  const bar = 12;
  const packages = model.packages.slice(0, ROWS).map((group) => {
    const share = `${Math.round((group.calls / Math.max(1, all)) * 100)}%`;
    const numbers = `${padStart(String(group.calls), 8)} ${padStart(share, 4)} ${padEnd(barText(group.calls, most, bar - 1, '█'), bar)}`;
    const room = left - numbers.length - 3;
    return `   ${padEnd(truncate(packageText(group), room), room)}${numbers}`;
  });
  const byBytes = [...model.unexpected, ...model.expected].sort((a, b) => b.sent + b.received - a.sent - a.received);
  const bytes = byBytes.slice(0, ROWS).map((group) => {
    const numbers = ` ↑${padStart(bytesText(group.sent), 9)} ↓${padStart(bytesText(group.received), 9)}`;
    const room = right - numbers.length - 2;
    return ` ${padEnd(truncate(destinationText(group), room), room)}${numbers}`;
  });
  const lines = [`${padEnd(' Traffic by package', left)}│ Bytes by destination (sent ↑  received ↓)`];
  for (let index = 0; index < Math.max(packages.length, bytes.length); index += 1) {
    lines.push(`${padEnd(packages[index] ?? '', left)}│${bytes[index] ?? ''}`);
  }
  return lines.map((line, index) => (index === 0 ? colour.dim(line) : line));
}
