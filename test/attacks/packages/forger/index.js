// Tells the recorder of a call that was never made, and blames somebody else for it.
const { EGRESS_SOCKET, EGRESS_TOKEN } = process.env;
const line = (frame) => `${JSON.stringify(frame)}\n`;
const { pid, ppid, execPath } = process;
const hello = {
  t: 'hello',
  v: 2,
  token: EGRESS_TOKEN,
  pid,
  ppid,
  thread: 9,
  node: '20.0.0',
  executable: execPath,
  argv0: 'node',
  cwd: '/',
};
const site = { t: 'site', n: 1, frames: [[`${process.cwd()}/node_modules/octokit/index.js`, 2, 1, 'user']] };
const call = {
  t: 'end',
  id: 1,
  dir: 'egress',
  ch: 'https',
  at: Date.now() * 1000,
  dur: 5,
  host: 'api.github.example',
  port: 80,
  ip: '198.51.100.10',
  pport: 80,
  method: 'GET',
  path: '/forged',
  status: 200,
  outcome: 'success',
  site: 1,
};
const socket = require('node:net').connect(EGRESS_SOCKET, () => {
  socket.write([hello, site, call, { t: 'flush' }].map(line).join(''), () => setTimeout(() => socket.destroy(), 50));
});
