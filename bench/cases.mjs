// The cases of the benchmark. Each case measures one subject and returns one figure. The unit shows whether higher or
// lower is better.
import { probe } from './subjects.mjs';

const payload = (i) => ({ accountId: `account-${i}`, reason: 'bench' });
const payloads = (count) => Array.from({ length: count }, (_, i) => payload(i));

async function perSecond(count, work) {
  const startedAt = performance.now();
  await work();
  return (count / (performance.now() - startedAt)) * 1_000;
}

async function enqueueSequential(subject, { sequential }) {
  return perSecond(sequential, async () => {
    for (let i = 0; i < sequential; i++) await subject.add(payload(i));
  });
}

/** Like a busy web process: fifty requests in flight at any time. */
async function enqueueConcurrent(subject, { concurrent }) {
  let next = 0;
  const request = async () => {
    while (next < concurrent) await subject.add(payload(next++));
  };
  return perSecond(concurrent, () => Promise.all(Array.from({ length: 50 }, request)));
}

async function enqueueBulk(subject, { bulk }) {
  const all = payloads(bulk);
  return perSecond(bulk, () => subject.addAll(all));
}

/** Measured from the first to the last `perform`, so without connecting and without Nest's boot. */
const process = (concurrency) =>
  async function process(subject, { jobs }) {
    await subject.addAll(payloads(jobs));
    let [seen, first, last] = [0, 0, 0];
    const done = new Promise((resolve) => {
      probe.performed = () => {
        last = performance.now();
        if (++seen === 1) first = last;
        if (seen === jobs) resolve();
      };
    });
    await subject.work(concurrency);
    await done;
    return ((jobs - 1) / (last - first)) * 1_000;
  };

/** The time from the enqueue to `perform` on an idle worker, in milliseconds. */
async function pickUps(subject, { pickups }) {
  const latencies = [];
  await subject.work(10);
  for (let i = 0; i < pickups + 10; i++) {
    const arrived = new Promise((resolve) => (probe.performed = () => resolve(performance.now())));
    const startedAt = performance.now();
    await subject.add(payload(i));
    // The first jobs are slower, because queues are opened and code is compiled.
    const latency = (await arrived) - startedAt;
    if (i >= 10) latencies.push(latency);
  }
  return latencies.sort((a, b) => a - b);
}

const percentile = (share) =>
  async function pickup(subject, sizes) {
    const sorted = await pickUps(subject, sizes);
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  };

export const cases = [
  { name: 'enqueue-sequential', unit: 'jobs/s', measure: enqueueSequential },
  { name: 'enqueue-concurrent', unit: 'jobs/s', measure: enqueueConcurrent },
  { name: 'enqueue-bulk', unit: 'jobs/s', measure: enqueueBulk },
  { name: 'process-10', unit: 'jobs/s', measure: process(10) },
  { name: 'process-50', unit: 'jobs/s', measure: process(50) },
  { name: 'process-50-logs', unit: 'jobs/s', measure: process(50), logs: true },
  { name: 'pickup-p50', unit: 'ms', measure: percentile(0.5) },
  { name: 'pickup-p99', unit: 'ms', measure: percentile(0.99) },
];
