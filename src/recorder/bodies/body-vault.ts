/** The body store that is right at the moment: each segment has one of its own, and so has each set of officers. */
import path from 'node:path';
import type { FileSystem } from '../../keys/file-system.js';
import { BodyStore } from '../../officers/body-store.js';
import { custodianKey } from '../../officers/custodian-key.js';

export interface BodyPlace {
  /** Real path of the journal. */
  readonly journal: string;
  readonly keyDirectory: string;
  /** Owner that keys must have; undefined where the system knows no owners. */
  readonly uid: number | undefined;
}

export class BodyVault {
  readonly #fs: FileSystem;
  readonly #place: BodyPlace;
  #store: BodyStore | undefined;
  #recipients = '';

  constructor(fs: FileSystem, place: BodyPlace) {
    this.#fs = fs;
    this.#place = place;
  }

  /**
   * @param segment number of the open segment
   * @param recipients of age, of the officers in force
   * @throws KEY_MISSING, KEY_FILE_MODE, KEY_INVALID (no officer, say), and what the system throws
   */
  async store(segment: number, recipients: readonly string[]): Promise<BodyStore> {
    const known = this.#store;
    if (known?.segment === segment && this.#recipients === recipients.join()) return known;
    const { journal, keyDirectory, uid } = this.#place;
    const fs = this.#fs;
    // Only its public half is used; reading a body takes another process, and a record.
    const custodian = await custodianKey(fs, keyDirectory, uid);
    const folder = path.join(journal, 'bodies');
    const store = await BodyStore.open({ fs, folder, segment, recipients, custodian: custodian.recipient });
    this.#store = store;
    this.#recipients = recipients.join();
    return store;
  }
}
