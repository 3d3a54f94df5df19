import { printable } from '../../jobs/values/printable.js';
import type { Line, Painted } from './output.js';
import { fill, hang, shorten, widthOf } from './text.js';

/** What a cell shows. Undefined is an empty cell. */
export type Cell = string | Painted | undefined;

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Cell;
  /** The column is shortened with `…`, but never below this width. A column without it, such as an id, is never shortened. */
  readonly least?: number;
  readonly align?: 'right';
  /**
   * What happens to the column if the row does not fit on one line of the terminal: it is left out rather than that another
   * column is shortened, or it goes to a second line, the last column first. @default the column stays
   */
  readonly narrow?: 'omit' | 'below';
}

/** A column with the texts of all rows. */
interface Drawn {
  readonly title: string;
  readonly cells: readonly Painted[];
  readonly narrow: Column<unknown>['narrow'];
  readonly right: boolean;
  readonly width: number;
  readonly least: number;
}

const gap = 2;

/**
 * Formats rows as a table. Empty columns are left out. The first of these layouts that fits is used:
 *
 * 1. All columns on one line, and nothing is shortened.
 * 2. Without the columns that may be left out. The widest text columns are shortened.
 * 3. Two lines for each row. As many columns as possible stay on the first line.
 * 4. A line for each cell.
 *
 * @param width of the terminal, in columns; undefined if nothing is shortened
 */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number | undefined,
): Line[] {
  const all = columns
    .map((column) => draw(rows, column))
    .filter(({ cells }) => cells.some(({ text }) => text !== ''));
  for (const { above, below, isWhole } of layouts(all)) {
    const widths = fit(above, width, isWhole);
    if (widths === undefined) continue;
    return [
      header(above, widths),
      ...rows.flatMap((_, row) => [lineOf(above, widths, row), ...linesBelow(below, row, width)]),
    ];
  }
  return rows.flatMap((_, row) => [...(row > 0 ? [''] : []), ...card(all, row, width)]);
}

/** The columns of a row's first and second line. */
interface Layout {
  readonly above: readonly Drawn[];
  readonly below: readonly Drawn[];
  /** True if nothing may be shortened. */
  readonly isWhole?: true;
}

function* layouts(all: readonly Drawn[]): Generator<Layout> {
  yield { above: all, below: [], isWhole: true };
  const kept = all.filter(({ narrow }) => narrow !== 'omit');
  const movable = kept.filter(({ narrow }) => narrow === 'below');
  for (let staying = movable.length; staying >= 0; staying--) {
    const below = movable.slice(staying);
    yield { above: kept.filter((column) => !below.includes(column)), below };
  }
}

function draw<Row>(rows: readonly Row[], { title, cell, least, align, narrow }: Column<Row>): Drawn {
  const cells = rows.map((row) => asPainted(cell(row)));
  const width = Math.max(widthOf(title), ...cells.map(({ text }) => widthOf(text)));
  const shortest = least === undefined ? width : Math.min(width, Math.max(widthOf(title), least));
  return { title, cells, narrow, right: align === 'right', width, least: shortest };
}

/** Widths are computed from the text as it is printed. */
function asPainted(cell: Cell): Painted {
  if (cell === undefined || typeof cell === 'string') return { text: printable(cell ?? '') };
  return { ...cell, text: printable(cell.text) };
}

/** Returns the widths of the columns, or undefined if they do not fit. The widest column is shortened first. */
function fit(
  columns: readonly Drawn[],
  width: number | undefined,
  isWhole: boolean | undefined,
): number[] | undefined {
  const widths = columns.map((column) => column.width);
  if (width === undefined) return widths;
  const total = widths.reduce((sum, one) => sum + one, gap * (columns.length - 1));
  for (let excess = total - width; excess > 0; excess--) {
    const spare = widths.map((one, at) => (!isWhole && one > columns[at]!.least ? one : 0));
    const widest = Math.max(...spare);
    if (widest === 0) return undefined;
    widths[spare.indexOf(widest)] = widest - 1;
  }
  return widths;
}

function header(columns: readonly Drawn[], widths: readonly number[]): Line {
  return join(
    columns.map(({ title }) => ({ text: title, colour: 'grey' })),
    columns,
    widths,
  );
}

function lineOf(columns: readonly Drawn[], widths: readonly number[], row: number): Line {
  return join(
    columns.map(({ cells }) => cells[row]!),
    columns,
    widths,
  );
}

/** Puts cells side by side. The line has no spaces at its end. */
function join(cells: readonly Painted[], columns: readonly Drawn[], widths: readonly number[]): Line {
  const end = cells.findLastIndex(({ text }) => text !== '');
  return cells.slice(0, end + 1).flatMap((cell, at) => {
    const text = shorten(cell.text, widths[at]!);
    const space = fill(text, widths[at]!);
    const before = ' '.repeat(at === 0 ? 0 : gap);
    if (columns[at]!.right) return [before + space, { ...cell, text }];
    return [before, { ...cell, text }, at === end ? '' : space];
  });
}

/** The cells that do not fit on the first line of a row, with their titles. */
function linesBelow(columns: readonly Drawn[], row: number, width: number | undefined): Line[] {
  const lines: (string | Painted)[][] = [];
  let used = 0;
  for (const { title, cells, least, width: natural } of columns) {
    const cell = cells[row]!;
    if (cell.text === '') continue;
    const head = `  ${title} `;
    const needed = widthOf(head) + widthOf(cell.text);
    const isNew = lines.length === 0 || (width !== undefined && used + needed > width);
    if (isNew) lines.push([]);
    used = needed + (isNew ? 0 : used);
    const room = width === undefined || least === natural ? Infinity : Math.max(least, width - widthOf(head));
    lines.at(-1)!.push({ text: head, colour: 'grey' }, { ...cell, text: shorten(cell.text, room) });
  }
  return lines;
}

function card(columns: readonly Drawn[], row: number, width: number | undefined): Line[] {
  const facts = columns.map(({ title, cells }): Fact => [title, cells[row]!]);
  return factsOf(facts, width);
}

/** A name and its value, as a line of `factsOf`. */
export type Fact = readonly [name: string, value: Cell];

/** Formats the facts about one thing, each on its own line. Longer values are wrapped. Empty values are left out. */
export function factsOf(facts: readonly Fact[], width: number | undefined): Line[] {
  const shown = facts
    .map(([name, value]) => ({ name, value: asPainted(value) }))
    .filter(({ value }) => value.text !== '');
  const longest = Math.max(...shown.map(({ name }) => widthOf(name)));
  return shown.flatMap(({ name, value }) => {
    const head = name + fill(name, longest + gap);
    const [first = '', ...rest] = hang(head, value.text, width);
    return [
      [
        { text: head, colour: 'grey' },
        { ...value, text: first.slice(head.length) },
      ],
      ...rest.map((text) => [{ ...value, text }]),
    ];
  });
}
