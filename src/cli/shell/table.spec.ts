import { describe, expect, it } from 'vitest';
import { outputTo, type Line } from './output.js';
import { factsOf, table, type Column } from './table.js';
import { widthOf } from './text.js';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly count: number;
  readonly place?: string;
  readonly time?: string;
  readonly error?: string;
}

const columns: Column<Row>[] = [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'NAME', cell: ({ name }) => name, least: 6 },
  { title: 'COUNT', cell: ({ count }) => String(count), align: 'right' },
  { title: 'PLACE', cell: ({ place }) => place, narrow: 'below' },
  { title: 'TIME', cell: ({ time }) => time, narrow: 'omit' },
  {
    title: 'ERROR',
    cell: ({ error }) => error && { text: error, colour: 'red' },
    least: 10,
    narrow: 'below',
  },
];

const rows: Row[] = [
  {
    id: '0123456789',
    name: 'SendInvoice',
    count: 7,
    place: 'Oslo',
    time: '12:00',
    error: 'no such file: a.csv',
  },
  { id: '9876543210', name: '請求書を送る', count: 12, place: 'Rome', time: '13:00' },
];

function printed(lines: readonly Line[], colours = false): string {
  let text = '';
  const out = (one: string): string => (text += one);
  outputTo({ env: {}, out, complain: out, width: undefined, colours }, false).print(lines);
  return text;
}

const at = (width: number | undefined, of: readonly Row[] = rows): string =>
  printed(table(of, columns, width));

describe('table', () => {
  it('shortens nothing in a file or a pipe', () =>
    expect(at(undefined)).toBe(
      [
        'ID          NAME          COUNT  PLACE  TIME   ERROR',
        '0123456789  SendInvoice       7  Oslo   12:00  no such file: a.csv',
        '9876543210  請求書を送る     12  Rome   13:00',
      ].join('\n'),
    ));

  it('leaves out what may be left out before it shortens anything', () =>
    expect(at(57)).toBe(
      [
        'ID          NAME          COUNT  PLACE  ERROR',
        '0123456789  SendInvoice       7  Oslo   no such file: a.…',
        '9876543210  請求書を送る     12  Rome',
      ].join('\n'),
    ));

  it('shortens the widest text first, but no id, and counts wide characters as two', () =>
    expect(at(48)).toBe(
      [
        'ID          NAME        COUNT  PLACE  ERROR',
        '0123456789  SendInvoi…      7  Oslo   no such f…',
        '9876543210  請求書を…      12  Rome',
      ].join('\n'),
    ));

  it('moves columns to a second line, the last column first', () => {
    expect(at(36)).toBe(
      [
        'ID          NAME        COUNT  PLACE',
        '0123456789  SendInvoi…      7  Oslo',
        '  ERROR no such file: a.csv',
        '9876543210  請求書を…      12  Rome',
      ].join('\n'),
    );
    expect(at(26)).toBe(
      [
        'ID          NAME     COUNT',
        '0123456789  SendIn…      7',
        '  PLACE Oslo',
        '  ERROR no such file: a.c…',
        '9876543210  請求書…     12',
        '  PLACE Rome',
      ].join('\n'),
    );
  });

  it('gives each cell its own line if even the shortest columns do not fit', () =>
    expect(at(24)).toBe(
      [
        'ID     0123456789',
        'NAME   SendInvoice',
        'COUNT  7',
        'PLACE  Oslo',
        'TIME   12:00',
        'ERROR  no such file: a.csv',
        '',
        'ID     9876543210',
        'NAME   請求書を送る',
        'COUNT  12',
        'PLACE  Rome',
        'TIME   13:00',
      ].join('\n'),
    ));

  it('leaves out columns without any text', () =>
    expect(at(80, [{ id: '1', name: 'A', count: 1 }])).toBe('ID  NAME  COUNT\n1   A         1'));

  it.each([28, 26, 30, 36, 40, 48, 54, 60, 80])(
    'keeps every id whole and every line within %d columns',
    (width) => {
      const lines = at(width).split('\n');
      expect(lines.filter((line) => widthOf(line) > width)).toEqual([]);
      for (const { id } of rows) expect(lines.some((line) => line.includes(id))).toBe(true);
    },
  );

  it('escapes control characters before it measures', () => {
    const hostile = [{ id: 'a\u001b[2J', name: 'x\ny', count: 1 }, ...rows.slice(0, 1)];
    expect(at(undefined, hostile).split('\n')[1]).toBe('a\\u001b[2J  x\\ny             1');
  });

  it('colours titles and cells without a change to the layout', () => {
    const coloured = printed(table(rows, columns, 48), true);
    expect(coloured).toContain('\u001b[31mno such f…\u001b[39m');
    expect(coloured).toContain('\u001b[90mCOUNT\u001b[39m');
    // oxlint-disable-next-line no-control-regex
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(at(48));
  });
});

describe('factsOf', () => {
  it('aligns values, wraps long ones and leaves out empty ones', () =>
    expect(
      printed(
        factsOf(
          [
            ['state', 'dead'],
            ['error', 'the column has no value in row 3'],
            ['due', undefined],
          ],
          30,
        ),
      ),
    ).toBe(['state  dead', 'error  the column has no value', '       in row 3'].join('\n')));
});
