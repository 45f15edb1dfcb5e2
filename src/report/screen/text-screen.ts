import type { Look } from './look.js';
import { moveOf, type Key, type Screen, type Stage } from './screen.js';

/** Text that is read from top to bottom: help, a record, the result of a verification. */
export class TextScreen implements Screen {
  readonly title: string;
  readonly keys = [
    ['↑↓', 'move'],
    ['esc', 'back'],
    ['?', 'help'],
    ['q', 'quit'],
  ] as const;
  readonly #stage: Stage;
  readonly #text: (look: Look) => readonly string[];
  #lines: readonly string[] = [];
  #top = 0;

  /** @param text lines as they may be printed, none wider than the screen */
  constructor(stage: Stage, title: string, text: (look: Look) => readonly string[]) {
    this.#stage = stage;
    this.title = title;
    this.#text = text;
  }

  body(look: Look, height: number): readonly string[] {
    this.#lines = this.#text(look);
    this.#top = Math.max(0, Math.min(this.#top, this.#lines.length - height));
    return this.#lines.slice(this.#top, this.#top + height);
  }

  press(key: Key, height: number): void {
    if (key === 'escape' || key === 'enter' || key === 'backspace') {
      this.#stage.pop();
      return;
    }
    const move = moveOf(key);
    if (move === undefined) return;
    const steps = { up: -1, down: 1, pageUp: 1 - height, pageDown: height - 1, top: -Infinity, bottom: Infinity };
    const lowest = Math.max(0, this.#lines.length - height);
    this.#top = Math.min(lowest, Math.max(0, this.#top + steps[move]));
  }
}
