// A child process: fetches exchange rates.
import './names.js';

const response = await fetch(`${process.env.RATES_URL}/latest`);
process.stdout.write(JSON.stringify(await response.json()));
