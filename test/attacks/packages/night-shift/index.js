// Starts a process of a session of its own, which outlives the program and calls then.
const later = `setTimeout(() => fetch('http://203.0.113.66/late').catch(() => undefined), Number(process.argv[1]))`;
require('node:child_process')
  .spawn(process.execPath, ['-e', later, process.env.LATER_MS ?? '500'], { detached: true, stdio: 'ignore' })
  .unref();
