// One worker process of one subject. It prints the time from its start to its first job, and its memory after that
// job.
import { fledge, nestBullmq, probe, raw } from './subjects.mjs';

const [subjectName, port] = process.argv.slice(2);
const subject = await { raw, 'nestjs-bullmq': nestBullmq, fledge: fledge(false) }[subjectName](Number(port));
const performed = new Promise((resolve) => (probe.performed = resolve));
await subject.add({});
await subject.work(10);
await performed;
console.log(JSON.stringify({ boot: performance.now(), memory: process.memoryUsage().rss / 1_048_576 }));
process.exit(0);
