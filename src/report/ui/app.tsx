/** The only place that draws: lines come ready from the report, and Ink writes those that changed. */
import { Box, render, Text, Transform, useInput, type Instance, type Key as InkKey, type RenderOptions } from 'ink';
import { useEffect, useState, useSyncExternalStore, type ReactNode } from 'react';
import type { Look } from '../screen/look.js';
import type { ReportApp } from '../screen/report-app.js';
import type { Key } from '../screen/screen.js';

/** Keys by the name under which Ink tells of them. */
const NAMED: readonly (readonly [keyof InkKey, Key])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageUp'],
  ['pageDown', 'pageDown'],
  ['home', 'top'],
  ['end', 'bottom'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['backspace', 'backspace'],
  ['delete', 'backspace'],
];

/** Several at once where keys came faster than they were read, or text was pasted. */
function keysOf(input: string, key: InkKey): readonly Key[] {
  if (key.tab) return [key.shift ? 'backTab' : 'tab'];
  const named = NAMED.find(([name]) => key[name] === true);
  if (named !== undefined) return [named[1]];
  if (key.ctrl || key.meta) return [];
  return [...input].map((character) => (character === '\r' ? 'enter' : { character }));
}

/**
 * One line, ready as it is and no wider than the screen. Ink is given a blank to lay out in its place: it would measure
 * each line character by character, and remember every text that it ever measured.
 * @param fits whether the terminal has not become narrower since the line was made
 */
function Line({ text, fits }: { readonly text: string; readonly fits: () => boolean }): ReactNode {
  return (
    <Transform transform={() => (fits() ? text : '')}>
      <Text> </Text>
    </Transform>
  );
}

interface AppProps {
  readonly app: ReportApp;
  readonly look: Omit<Look, 'columns' | 'rows'>;
  readonly stdout: NodeJS.WriteStream;
  readonly onQuit: () => void;
}

function App({ app, look, stdout, onQuit }: AppProps): ReactNode {
  const [size, setSize] = useState({ columns: stdout.columns, rows: stdout.rows });
  useEffect(() => {
    const resized = (): void => {
      setSize({ columns: stdout.columns, rows: stdout.rows });
    };
    stdout.on('resize', resized);
    return () => {
      stdout.off('resize', resized);
    };
  }, [stdout]);
  useSyncExternalStore(
    (listener) => app.subscribe(listener),
    () => app.version,
  );
  const fits = (): boolean => stdout.columns >= size.columns;
  useInput((input, key) => {
    if (key.ctrl && input === 'c') onQuit();
    else for (const one of keysOf(input, key)) app.press(one);
  });
  return (
    <Box flexDirection="column">
      {app
        .lines({ ...look, ...size })
        .map((line, index) =>
          look.spoken ? <Text key={index}>{line}</Text> : <Line key={index} text={line} fits={fits} />,
        )}
    </Box>
  );
}

/** Draws until it is unmounted. */
export function show(props: AppProps, options: RenderOptions): Instance {
  return render(<App {...props} />, { ...options, exitOnCtrlC: false, patchConsole: false, maxFps: 60 });
}
