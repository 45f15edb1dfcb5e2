import { Chalk, type ChalkInstance } from 'chalk';

export const COLOUR_MODES = ['auto', 'always', 'never'] as const;
export type ColourMode = (typeof COLOUR_MODES)[number];

/** The parts of a stream that decide how it may be written to. */
interface Terminal {
  readonly isTTY?: boolean;
}

/** First that speaks wins: the flag, NO_COLOR (https://no-color.org), FORCE_COLOR, TERM=dumb, whether it is a TTY. */
export function usesColour(mode: ColourMode, stream: Terminal, env: NodeJS.ProcessEnv): boolean {
  if (mode !== 'auto') return mode === 'always';
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  if (env['FORCE_COLOR'] !== undefined) return env['FORCE_COLOR'] !== '0' && env['FORCE_COLOR'] !== 'false';
  if (env['TERM'] === 'dumb') return false;
  return stream.isTTY === true;
}

/** Level 1 is the eight ANSI colours, which every terminal's own theme adjusts; more would guess its background. */
export function colourFor(mode: ColourMode, stream: Terminal, env: NodeJS.ProcessEnv): ChalkInstance {
  return new Chalk({ level: usesColour(mode, stream, env) ? 1 : 0 });
}
