import { SourceMap } from 'node:module';

/** The parts of a source map (ECMA-426) that are used: without the sources' text, which can be most of it. */
interface MapPayload {
  readonly version: 3;
  readonly sources: readonly unknown[];
  readonly mappings: string;
  readonly names: readonly never[];
}

/** A map of maps, as some bundlers write. */
interface IndexPayload {
  readonly version: 3;
  readonly sections: readonly { readonly offset: unknown; readonly map: MapPayload }[];
}

export interface DecodedMap {
  readonly map: SourceMap;
  readonly sourceRoot: string;
  readonly mappings: number;
}

function decodePart(value: unknown): MapPayload {
  const { sources, mappings } = value as { sources?: unknown; mappings?: unknown };
  if (!Array.isArray(sources) || typeof mappings !== 'string') throw new TypeError('not a source map');
  return { version: 3, sources, mappings, names: [] };
}

function decodeIndex(sections: unknown): IndexPayload {
  if (!Array.isArray(sections)) throw new TypeError('not an index map');
  return {
    version: 3,
    sections: sections.map((section: { offset?: unknown; map?: unknown }) => ({
      offset: section.offset,
      map: decodePart(section.map),
    })),
  };
}

/** Mappings are separated by commas, generated lines by semicolons: an upper bound, found without decoding. */
function countMappings({ mappings }: MapPayload): number {
  let count = 1;
  for (let i = 0; i < mappings.length; i += 1) {
    const code = mappings.charCodeAt(i);
    if (code === 0x2c || code === 0x3b) count += 1;
  }
  return count;
}

/** @param mappingsMax largest number of mappings; a map that may hold more is refused before it is decoded */
export function decodeSourceMap(text: string, mappingsMax: number): DecodedMap | undefined {
  try {
    // The line `)]}'` in front keeps browsers from running a map as a script.
    const value = JSON.parse(text.replace(/^\)\]\}'[^\n]*\n/, '')) as { sections?: unknown; sourceRoot?: unknown };
    const payload = value.sections === undefined ? decodePart(value) : decodeIndex(value.sections);
    const parts = 'sections' in payload ? payload.sections.map(({ map }) => map) : [payload];
    const mappings = parts.reduce((sum, part) => sum + countMappings(part), 0);
    if (mappings > mappingsMax) return undefined;
    return {
      map: new SourceMap(payload as unknown as ConstructorParameters<typeof SourceMap>[0]),
      sourceRoot: typeof value.sourceRoot === 'string' ? value.sourceRoot : '',
      mappings,
    };
  } catch {
    return undefined;
  }
}
