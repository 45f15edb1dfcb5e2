/** Traffic as bars, each chart with the table that says the same. */
import { truncate } from '../../core/display-width.js';
import { countText } from '../../report/text/quantity-text.js';
import { h, type Child, type Element } from '../element.js';

export interface Bar {
  /** As it may be printed. */
  readonly name: string;
  readonly value: number;
  /** Part of the value that needs a decision. */
  readonly flagged?: number;
}

export interface Chart {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const BARS_SHOWN = 12;
const WIDTH = 520;
/** Of a bar with its name above it; text may be half as large again, as it is on a narrow screen. */
const ROW = 44;
const BAR = 12;
const VALUES = 70;
const NAME_WIDTH = 48;

/** The greatest ones as horizontal bars; what is left is one bar more. */
export function barChart({ title, bars }: Chart): Child {
  if (bars.length === 0) return undefined;
  const shown = bars.slice(0, BARS_SHOWN);
  const rest = bars.slice(BARS_SHOWN);
  if (rest.length > 0) {
    shown.push({
      name: `${rest.length} others`,
      value: rest.reduce((sum, { value }) => sum + value, 0),
      flagged: rest.reduce((sum, { flagged = 0 }) => sum + flagged, 0),
    });
  }
  const most = Math.max(1, ...shown.map(({ value }) => value));
  const scale = (value: number): number => Math.max(value > 0 ? 2 : 0, (value / most) * (WIDTH - VALUES));
  return h(
    'svg',
    {
      viewBox: `0 0 ${WIDTH} ${shown.length * ROW}`,
      class: 'chart',
      role: 'img',
      'aria-label': `${title}, as bars; the table has the numbers`,
    },
    ...shown.flatMap((bar, index) => barRow(bar, index * ROW, scale)),
  );
}

function barRow({ name, value, flagged = 0 }: Bar, y: number, scale: (value: number) => number): Element[] {
  const bar = { x: 0, y: y + 23, height: BAR, rx: 2 };
  return [
    h('text', { x: 0, y: y + 17, class: 'name' }, truncate(name, NAME_WIDTH)),
    h('rect', { ...bar, width: scale(value).toFixed(1), class: 'bar' }),
    ...(flagged > 0 ? [h('rect', { ...bar, width: scale(flagged).toFixed(1), class: 'bar flagged' })] : []),
    h('text', { x: (scale(value) + 8).toFixed(1), y: y + 34, class: 'value' }, String(value)),
  ];
}

const TIME_HEIGHT = 120;
const TIME_BARS_MAX = 168;
const TIME_BAR_MAX = 22;

/** Values over time as columns, the oldest left. */
export function columnChart({ title, bars }: Chart): Child {
  if (bars.length === 0) return undefined;
  const shown = bars.slice(-TIME_BARS_MAX);
  const most = Math.max(1, ...shown.map(({ value }) => value));
  const step = WIDTH / Math.max(shown.length, 12);
  const base = TIME_HEIGHT - 20;
  const [first, last] = [shown[0]?.name ?? '', shown.at(-1)?.name ?? ''];
  const label = `${title}, as columns from ${first} to ${last}; the table has the numbers`;
  return h(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${TIME_HEIGHT}`, class: 'chart', role: 'img', 'aria-label': label },
    ...shown.map(({ value }, index) => {
      const height = (value / most) * (base - 24);
      return h('rect', {
        ...{ x: (index * step).toFixed(1), y: (base - height).toFixed(1), rx: 1, class: 'bar' },
        ...{ width: Math.min(TIME_BAR_MAX, Math.max(1, step - 2)).toFixed(1), height: height.toFixed(1) },
      });
    }),
    h('line', { x1: 0, x2: WIDTH, y1: base, y2: base, class: 'axis' }),
    h('text', { x: 0, y: TIME_HEIGHT - 4, class: 'name' }, first),
    h('text', { x: WIDTH, y: TIME_HEIGHT - 4, class: 'name', 'text-anchor': 'end' }, last === first ? '' : last),
    h('text', { x: WIDTH, y: 16, class: 'value', 'text-anchor': 'end' }, `at most ${countText(most, 'call')}`),
  );
}
