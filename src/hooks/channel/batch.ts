/** Lines of frames for one write. There has to be room for what is added. */
import { writeCompact, type OwnMembers } from '../../event/compact-call.js';
import { allocUnsafeSlow, apply, latin1Slice, latin1Write } from '../primordials.js';

const BYTES = 48 * 1024;
const NEWLINE = 0x0a;

export class Batch {
  readonly bytes = allocUnsafeSlow(BYTES);
  length = 0;

  /** The same as text. */
  get text(): string {
    return apply(latin1Slice, this.bytes, [0, this.length]);
  }

  /** For a line of so many characters, and its newline. */
  hasRoomFor(chars: number): boolean {
    return this.length + chars < BYTES;
  }

  add(text: string): void {
    apply(latin1Write, this.bytes, [text, this.length, text.length]);
    this.#endLine(this.length + text.length);
  }

  addCall(shape: number, own: OwnMembers): void {
    this.#endLine(writeCompact(this.bytes, this.length, shape, own));
  }

  #endLine(end: number): void {
    this.bytes[end] = NEWLINE;
    this.length = end + 1;
  }
}
