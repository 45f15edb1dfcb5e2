// Draws docs/report.svg, the picture in README.md: the example shop is recorded for real, in a pseudo-terminal, and what
// that terminal then shows is drawn cell by cell. Nothing is retouched, so ports and times differ from run to run.
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawn } from '@lydell/node-pty';
import headless from '@xterm/headless';

const COLUMNS = 100;
const ROWS = 100;
const CELL = { width: 8.4, height: 18 };
const MARGIN = 16;
/** The terminal's first eight colours, on a dark ground. */
const PALETTE = ['#0d1117', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#c9d1d9'];

const root = path.dirname(import.meta.dirname);

/** What a terminal holds after the shop was recorded, with the command on the first line as one would type it. */
async function recorded() {
  const folder = mkdtempSync(path.join(tmpdir(), 'egress-picture-'));
  const screen = new headless.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  screen.write('$ egress run -- node examples/shop/main.js\r\n');
  try {
    symlinkSync(path.join(root, 'examples'), path.join(folder, 'examples'));
    const bin = path.join(root, 'bin/run.js');
    const program = spawn(process.execPath, [bin, 'run', '--', 'node', 'examples/shop/main.js'], {
      cols: COLUMNS,
      rows: ROWS,
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, TERM: 'xterm-256color', LANG: 'C.UTF-8' },
    });
    program.onData((data) => screen.write(data));
    const code = await new Promise((resolve) => program.onExit(({ exitCode }) => resolve(exitCode)));
    if (code !== 0) throw new Error(`the recorded shop ended with ${code}`);
    await new Promise((resolve) => screen.write('', resolve));
    return screen.buffer.active;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Neighbouring cells of one look as one text element. */
function drawn(line, y) {
  const runs = [];
  for (let x = 0; x < COLUMNS; x++) {
    const cell = line.getCell(x);
    const colour = cell.isFgPalette() ? PALETTE[cell.getFgColor() % 8] : PALETTE[7];
    const look = `fill="${colour}"${cell.isBold() ? ' font-weight="bold"' : ''}${cell.isDim() ? ' opacity="0.6"' : ''}`;
    const last = runs.at(-1);
    if (last?.look === look) last.text += cell.getChars() || ' ';
    else runs.push({ look, x, text: cell.getChars() || ' ' });
  }
  return runs
    .filter(({ text }) => text.trim() !== '')
    .map(({ look, x, text }) => {
      const shown = text.trimEnd();
      const left = (MARGIN + x * CELL.width).toFixed(1);
      const width = ([...shown].length * CELL.width).toFixed(1);
      const top = MARGIN + (y + 0.75) * CELL.height;
      return `<text x="${left}" y="${top}" textLength="${width}" ${look} xml:space="preserve">${escape(shown)}</text>`;
    });
}

const buffer = await recorded();
const lines = Array.from({ length: buffer.length }, (_, y) => buffer.getLine(y));
const height = lines.findLastIndex((line) => line.translateToString(true) !== '') + 1;
const size = { width: Math.ceil(COLUMNS * CELL.width + 2 * MARGIN), height: height * CELL.height + 2 * MARGIN };
const svg = [
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" role="img"`,
  ' font-family="ui-monospace, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="14">',
  '<title>A terminal after egress recorded the example shop: destinations, calls and the package behind each</title>',
  `<rect width="100%" height="100%" rx="8" fill="${PALETTE[0]}"/>`,
  ...lines.slice(0, height).flatMap(drawn),
  '</svg>',
  '',
].join('\n');
writeFileSync(path.join(root, 'docs/report.svg'), svg);
