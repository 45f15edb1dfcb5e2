import { z } from 'zod';
import { DURABILITIES, IO_URING_MODES, KERNEL_MODES, REDACTIONS } from './setting.js';

/**
 * The shape of a config file. What the text of a value means is decided by `setting.ts` alone, so that a flag, a
 * variable and the file accept the same words. This file is loaded only where there is a config file: importing zod
 * costs more than most commands do.
 */
export const configSchema = z.strictObject({
  enabled: z.boolean().optional(),
  journal: z.string().min(1).optional(),
  disabled_channels: z.array(z.string()).optional(),
  redaction: z.enum(REDACTIONS).optional(),
  safe_headers: z.array(z.string()).optional(),
  segment_size: z.union([z.string(), z.int().nonnegative()]).optional(),
  head_interval: z.string().optional(),
  durability: z.enum(DURABILITIES).optional(),
  fingerprint_size: z.union([z.string(), z.int().nonnegative()]).optional(),
  body_size: z.union([z.string(), z.int().nonnegative()]).optional(),
  enforce: z.boolean().optional(),
  kernel: z.enum(KERNEL_MODES).optional(),
  io_uring: z.enum(IO_URING_MODES).optional(),
});
