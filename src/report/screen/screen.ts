import type { Look } from './look.js';
import type { Move } from './scroller.js';

/** A key as a screen gets it: a move, a named key, or the character itself. */
export type Key =
  Move | ('left' | 'right' | 'enter' | 'escape' | 'tab' | 'backTab' | 'backspace') | { readonly character: string };

/** What a screen may ask of whoever shows it. */
export interface Stage {
  push(screen: Screen): void;
  pop(): void;
  /** Something changed without a key: draw again. */
  changed(): void;
  /** A line at the foot, until the next key. */
  say(text: string): void;
}

/** One full screen. It never touches the terminal: it is told of keys and asked for lines. */
export interface Screen {
  /** The first line. */
  readonly title: string;
  /** The journal that this screen, and those that it opens, are about. */
  readonly journal?: string;
  /** Keys for the foot, most useful first: what is pressed, and what it does. */
  readonly keys: readonly (readonly [key: string, does: string])[];
  /** Lines between title and foot, at most `height`, none wider than the screen. */
  body(look: Look, height: number): readonly string[];
  /** @param height lines that `body` had */
  press(key: Key, height: number): void;
  /** Whether characters are text for the screen and no commands. */
  readonly isTyping?: boolean;
  /** The screen is left for good. */
  close?(): void;
}

export function characterOf(key: Key): string | undefined {
  return typeof key === 'object' ? key.character : undefined;
}

const VI: Readonly<Record<string, Move>> = { j: 'down', k: 'up', g: 'top', G: 'bottom', ' ': 'pageDown', b: 'pageUp' };
const MOVES: ReadonlySet<Key> = new Set<Move>(['up', 'down', 'pageUp', 'pageDown', 'top', 'bottom']);

/** The move that a key stands for. */
export function moveOf(key: Key): Move | undefined {
  if (typeof key === 'object') return VI[key.character];
  return MOVES.has(key) ? (key as Move) : undefined;
}
