import { version as installed } from '../../jobs/internals.js';
import { defineCommand, exit } from '../shell/command.js';
import { refuseRest } from '../shell/arguments.js';

export const version = defineCommand({
  name: 'version',
  summary: 'prints the version of Fledge',
  usages: [''],
  about: ['Prints the version of Fledge. fledge --version and fledge -v do the same.'],
  flags: {},
  exits: '0 done',
  async run({ words, output }) {
    refuseRest(words, 'fledge version');
    output.show({ version: installed }, () => installed);
    return exit.ok;
  },
});
