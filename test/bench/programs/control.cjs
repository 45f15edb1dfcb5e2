// How a program that is measured is driven: each line of stdin is a request, each line of stdout its answer, and the
// end of stdin ends the program.
'use strict';
const readline = require('node:readline');

/** @returns µs of processor time that this process took so far, all its threads together */
function processorTime() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** @param answer takes a line and gives, or promises, what is sent back as JSON */
function control(answer) {
  readline
    .createInterface({ input: process.stdin })
    .on('line', async (line) => process.stdout.write(`${JSON.stringify(await answer(line))}\n`))
    .on('close', () => process.exit(0));
}

module.exports = { control, processorTime };
