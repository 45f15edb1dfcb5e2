/** Figures of one workload: a ratio from each round, never a time, since times say more of the machine than of us. */

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function summarise(ratios) {
  return { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios), n: ratios.length };
}

/** Growth of resident memory from the second quarter, when all is warm and all tables are full, to the last. */
export function growth(resident) {
  const quarter = Math.max(1, resident.length >> 2);
  return median(resident.slice(-quarter)) / median(resident.slice(quarter, 2 * quarter));
}

/** Each round begins with another one, so that none always runs on what another left behind. */
export function rotated(list, round) {
  const by = round % list.length;
  return [...list.slice(by), ...list.slice(0, by)];
}
