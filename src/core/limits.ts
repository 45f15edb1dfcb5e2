/** Limits on everything that comes from outside. Units are last in each name. */

/** A journal line without its newline; keeps every line within one 64 KiB read. */
export const LINE_BYTES_MAX = 65_535;

/** One frame of the hook channel without its newline. */
export const FRAME_BYTES_MAX = 32_768;

/**
 * Threads that report at the same time. Each holds a descriptor, and where a process may have 1 024 of them the journal
 * needs some too.
 */
export const PEERS_MAX = 768;

/** Free text that a program chooses, as it may stand in a record. */
export const HOST_CHARS_MAX = 255;
export const PATH_CHARS_MAX = 1_024;
export const FILE_PATH_CHARS_MAX = 1_024;
export const NAME_CHARS_MAX = 255;
export const PROTOCOL_CHARS_MAX = 32;
export const HEADER_NAME_CHARS_MAX = 128;
export const HEADER_VALUE_CHARS_MAX = 256;

/** Header names in one list; the rest is cut and the list says so. */
export const HEADER_FIELDS_MAX = 64;

/** Addresses that one call tried before the one it used. */
export const ADDRESSES_TRIED_MAX = 8;

/** Frames of one call site that leave the program. */
export const SITE_FRAMES_MAX = 50;

/** Distinct call sites, and distinct header lists, that one thread may declare; later ones are counted only. */
export const SITES_PER_THREAD_MAX = 4_096;
export const HEADERS_PER_THREAD_MAX = 1_024;

/** Shapes of calls that one thread may have declared at a time; each has a number below it. And the frame of one. */
export const SHAPES_PER_THREAD_MAX = 4_096;
export const SHAPE_BYTES_MAX = 1_024;

/** Calls of one thread that are open at the same time, as the recorder keeps them. */
export const OPEN_CALLS_PER_THREAD_MAX = 16_384;

/** Bytes of a body in one frame: as base64 with all around it within FRAME_BYTES_MAX. */
export const BODY_CHUNK_BYTES_MAX = 24_000;

/** What may be kept of one body, whatever is set. */
export const BODY_BYTES_MAX = 16 * 1024 * 1024;

/** Hosts in a capture order, which each thread of the program is sent. */
export const CAPTURE_HOSTS_MAX = 32;
