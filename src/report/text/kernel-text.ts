/** Why the kernel is not observed, in words; the codes are those of `observers` in `run.open`. */
const REASONS: Readonly<Record<string, string>> = {
  switched_off: 'switched off',
  not_linux: 'it needs Linux',
  processor_unsupported: 'never tried on this processor',
  no_koffi: 'there are no system calls here (koffi has no binary for this platform)',
  observed_already: 'another observer holds it already (a run within a run, or a container that does the same)',
  kernel_too_old: 'it needs Linux 5.5 or later with seccomp user notification',
  supervisor_failed: 'its supervisor did not start',
  not_permitted: 'not permitted here (a container may forbid seccomp)',
};

const LIMITS: Readonly<Record<string, string>> = {
  no_new_privileges: 'setuid programs (sudo, su) lose their privileges in a run',
  no_socket_ends: 'bytes and real destinations of other programs are not known',
  no_socket_look: 'bytes and real destinations of other programs are not known (no pidfd_getfd here)',
  filtered_already: 'this process is filtered already, by a container perhaps: a run may find the place taken',
  daemons_unreadable: 'addresses of daemons that left the process tree cannot be read (ptrace_scope)',
};

export function kernelLimitText(limit: string): string {
  return LIMITS[limit] ?? limit;
}

export function noKernelText(reason: string): string {
  return REASONS[reason] ?? reason;
}

/** Why one observer alone saw a call. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  no_connection: 'nothing explains it: the program told of a connection that the kernel never saw',
  not_connected: 'it failed before the kernel was asked for a connection',
  lookup: 'a name that was found without traffic of this process',
  process_unseen: 'nothing explains it: the kernel observer never saw the process that told of it',
  beneath_hooks: 'nothing explains it: native code, or removed hooks, in a process that has hooks',
  no_hooks: 'the program has no hooks (it is not Node.js, or was started without them)',
  resolver: 'a name look-up at a resolver of this machine',
  channel_disabled: 'the settings switch channels of the hooks off',
  hooks_lost: 'the hooks of this process lost what they had to tell (see the gaps)',
  destination_changed: 'ALARM: the address was changed between the observer’s look and the kernel’s',
};

export function explanationText(reason: string): string | undefined {
  return EXPLANATIONS[reason];
}
