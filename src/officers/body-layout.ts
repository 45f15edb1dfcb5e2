/**
 * Names in `bodies/`: a folder a segment, in it the sealed bodies, each named by its hash, and the keys, with
 * which the vacuum takes them all away.
 */
import { joinPath } from '#platform';

/** As a segment's file is named, without `.jsonl`. */
const segmentFolder = (segment: number): string => String(segment).padStart(8, '0');

export class BodyLayout {
  readonly directory: string;

  /** @param directory `bodies` in the journal's folder */
  constructor(directory: string) {
    this.directory = directory;
  }

  segment(segment: number): string {
    return joinPath(this.directory, segmentFolder(segment));
  }
  /** A key of the segment, encrypted to the custodian. @param recipient its public half */
  key(segment: number, recipient: string): string {
    return joinPath(this.segment(segment), `${recipient}.key`);
  }
  /** @param outer SHA-256 (hex) of the file */
  body(segment: number, outer: string): string {
    return joinPath(this.segment(segment), outer);
  }
}
