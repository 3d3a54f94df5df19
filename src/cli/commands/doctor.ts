import { addressOf, examineAddress } from '../../jobs/internals.js';
import { defineCommand, exit } from '../shell/command.js';
import { storeUrl } from '../shell/store-url.js';
import { report } from './tables/report.js';

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'checks the store and its queues for problems that lose or delay jobs',
  usages: ['[url]'],
  about: [
    "Checks the store's server and its queues for problems that lose, delay or refuse jobs. Prints how to fix each problem. It only reads. It doesn't use CONFIG, so it works on managed Redis.",
    'The JSON is one object: { store, ok, errors, warnings, checks: [{ name, status, found, code?, fix? }] }. Each code is explained in docs/errors.md.',
  ],
  words: {
    url: 'redis[s]://[user:password@]host[:port][/database][?prefix=name], or unix:///path. Default: JOBS_URL, also from .env, or the redis section of config/jobs.yml, which can also name sentinels or a cluster. The password can also be in JOBS_PASSWORD. For TLS, ca=, cert=, key=, servername= and rejectUnauthorized= may follow as parameters',
  },
  flags: {},
  exits: '0 no errors (there may be warnings), 1 an error or no connection',
  async run({ words, output }) {
    const target = storeUrl(words, { command: 'doctor', output });
    const diagnosis = await examineAddress(addressOf(target, output.env));
    output.show(diagnosis, () => report(diagnosis, output.width));
    return diagnosis.ok ? exit.ok : exit.failure;
  },
});
