/** Why something is not in the journal; a closed list, each explained in docs/JOURNAL_FORMAT.md. */
export const GAP_REASONS = [
  // from the hooks
  'hook_queue_full',
  'hook_error',
  'hook_channel_lost',
  'hook_channel_reused',
  'hook_body_lost',
  // from the recorder
  'frame_invalid',
  'frame_rate',
  'frame_too_large',
  'too_many_peers',
  'peer_refused',
  'peer_vanished',
  'peer_outlived_run',
  'child_not_joined',
  'program_not_joined',
  'permission_model',
  'channel_disabled',
  'recorder_behind',
  'sites_full',
  'body_unasked',
  'body_lost',
  // from the kernel observer
  'foreign_abi',
  'io_uring',
  'raw_socket',
  'process_unknown',
  'address_unread',
  'socket_events_lost',
  'supervisor_failed',
  'keeper_lost',
  'recorder_stopped',
  'processes_outlived_run',
] as const;
export type GapReason = (typeof GAP_REASONS)[number];
