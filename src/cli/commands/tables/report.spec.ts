import { describe, expect, it } from 'vitest';
import type { Check, Diagnosis } from '../../../jobs/index.js';
import { outputTo } from '../../shell/output.js';
import { report } from './report.js';

const right = 'Let the user run it (+info).';
const checks: Check[] = [
  { name: 'connection', status: 'ok', found: '127.0.0.1 port 6379' },
  { name: 'memory', status: 'unknown', found: 'not seen', code: 'FLEDGE_STORE_PERMISSION', fix: right },
  { name: 'cluster', status: 'unknown', found: 'not seen', code: 'FLEDGE_STORE_PERMISSION', fix: right },
  { name: 'backlog', status: 'unknown', found: 'not readable from here' },
  { name: 'clock', status: 'warning', found: '5 s ahead', code: 'FLEDGE_CLOCK_SKEW', fix: 'Use NTP.' },
  {
    name: 'last save',
    status: 'error',
    found: 'failed',
    code: 'FLEDGE_STORE_SNAPSHOT',
    fix: 'Look at the disk.',
  },
];
const diagnosis: Diagnosis = {
  store: 'redis://h:1/0, prefix {fledge}',
  ok: false,
  errors: 1,
  warnings: 1,
  checks,
};

/** The report as it is printed. */
function printed(
  of: Diagnosis,
  { width, colours = false }: { width?: number; colours?: boolean } = {},
): string {
  let text = '';
  const out = (printedText: string): string => (text += printedText);
  outputTo({ env: {}, out, complain: out, width, colours }, false).print(report(of, width));
  return text;
}

describe('report', () => {
  it('aligns the findings, and prints each fix once, worst first', () => {
    expect(printed(diagnosis)).toBe(
      `redis://h:1/0, prefix {fledge}

✓ connection  127.0.0.1 port 6379
? memory      not seen
? cluster     not seen
? backlog     not readable from here
! clock       5 s ahead
✗ last save   failed

✗ last save [FLEDGE_STORE_SNAPSHOT]
    Look at the disk.

! clock [FLEDGE_CLOCK_SKEW]
    Use NTP.

? memory, cluster [FLEDGE_STORE_PERMISSION]
    Let the user run it (+info).

1 error, 1 warning`,
    );
  });

  it('keeps within the terminal, and goes on below the column', () => {
    const text = printed(diagnosis, { width: 34 });
    expect(text.split('\n').filter((line) => line.length > 34 && !line.includes('redis://'))).toEqual([]);
    expect(text).toContain('? backlog     not readable from\n              here\n');
  });

  it('aligns the printed text, and prints no control sequences', () => {
    const evil: Check = { name: 'queue \u001b[2J', status: 'ok', found: 'a\nb\u009b31m' };
    const text = printed({ ...diagnosis, checks: [evil, { name: 'clock', status: 'ok', found: 'exact' }] });
    expect(text).toContain('✓ clock            exact\n');
    expect(text).toContain('✓ queue \\u001b[2J  a\\nb\\u009b31m\n');
  });

  it('colours only marks and headings', () => {
    const text = printed(diagnosis, { colours: true });
    expect(text).toContain('\u001b[31m✗\u001b[39m last save   failed');
    expect(text).toContain('\u001b[33m! clock [FLEDGE_CLOCK_SKEW]\u001b[39m');
    // oxlint-disable-next-line no-control-regex
    expect(text.replace(/\u001b\[\d+m/g, '')).toBe(printed(diagnosis));
  });
});
