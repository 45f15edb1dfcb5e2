/** The colours that a report uses, as functions on text. Colour never says anything that the words do not. */
export type Palette = Readonly<Record<'green' | 'red' | 'yellow' | 'cyan' | 'bold' | 'dim', (text: string) => string>>;

const same = (text: string): string => text;

export const NO_COLOUR: Palette = { green: same, red: same, yellow: same, cyan: same, bold: same, dim: same };
