// Loaded into every process of a measured command: notes the processor time that the process and its threads took.
const { appendFileSync } = require('node:fs');
process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  appendFileSync(process.env.BENCH_USAGE, `${(user + system) / 1000}\n`);
});
