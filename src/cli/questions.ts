/** Questions to somebody at a terminal; an empty answer takes what stands in brackets. */
import { createInterface } from 'node:readline/promises';

export class Questions {
  readonly #lines = createInterface({ input: process.stdin, output: process.stderr });

  /** Whether somebody is there to answer. */
  static get areHeard(): boolean {
    return process.stdin.isTTY && process.stderr.isTTY;
  }

  async text(question: string, fallback: string): Promise<string> {
    const answer = await this.#lines.question(`${question} [${fallback}] `);
    return answer.trim() === '' ? fallback : answer.trim();
  }

  async yes(question: string): Promise<boolean> {
    return !/^n/i.test((await this.#lines.question(`${question} [Y/n] `)).trim());
  }

  close(): void {
    this.#lines.close();
  }
}
