import { humanDuration, type StoreSample } from '../../../jobs/internals.js';
import type { Line } from '../../shell/output.js';
import { cutLine } from '../../shell/screen/cut-line.js';
import { wrap } from '../../shell/text.js';
import { moment } from '../../shell/times.js';
import { printable } from '../../../jobs/values/printable.js';
import { pausedNotice } from '../tables/paused-table.js';
import { failuresOf, queuesOf, runningOf, workersOf, type Section } from './sections.js';
import type { View, ViewStyle } from './view.js';

/** In columns and lines. Undefined for a file or a pipe, where nothing is cut. */
export interface FrameSize {
  readonly width: number | undefined;
  readonly height: number | undefined;
}

/** The lines of a section around its rows: an empty line, the title and the header of the table. */
const overhead = 3;
/** How many lines of an error the header has. */
const mostOutageLines = 3;
/** How many lines the header has about paused jobs. */
const mostPausedLines = 2;

/**
 * Draws what `fledge watch` shows. It is a function of its arguments alone. No line is wider, and no frame higher, than the size.
 *
 * @param now in milliseconds since 1970, by this machine's clock
 */
export function frameOf(view: View, style: ViewStyle, { width, height }: FrameSize, now: number): Line[] {
  const head = headOf(view, style, width, now);
  // The times of jobs and workers are from the store's clock.
  const storeNow = view.sample.at + (now - view.takenAt);
  const sections = [queuesOf, workersOf, runningOf, failuresOf].map((of) => of(view.sample, storeNow));
  const counts = fit(sections, height === undefined ? Infinity : height - head.length);
  const body = sections.flatMap((section, at) => drawn(section, counts[at] ?? 0, width));
  return [...head, ...body].slice(0, height).map((line) => cutLine(line, width));
}

function headOf(
  { sample, takenAt, outage }: View,
  { every, utc, hasKeys }: ViewStyle,
  width: number | undefined,
  now: number,
): Line[] {
  const keys = hasKeys ? '  q quits' : '';
  const time = moment(new Date(takenAt), utc);
  const state: Line = `${time}  every ${humanDuration(every)}${keys}`;
  const warnings = warningsOf(sample, width, now);
  if (!outage) return [`fledge watch  ${sample.store}`, state, ...warnings];
  const text = printable(
    `No answer from the store for ${humanDuration(Math.max(0, now - outage.since))}. The figures are from ${time}. ${outage.message}`,
  );
  const lines = wrap(text, width).slice(0, mostOutageLines);
  return [
    `fledge watch  ${sample.store}`,
    `Trying again every ${humanDuration(every)}${keys}`,
    ...lines.map((line): Line => [{ text: line, colour: 'red' }]),
    ...warnings,
  ];
}

function warningsOf({ complete, paused }: StoreSample, width: number | undefined, now: number): Line[] {
  const [, ...notice] = pausedNotice(paused, now, width);
  return [
    ...(complete ? [] : ['Not all queues were found. Name one with --queue.']),
    ...notice.slice(0, mostPausedLines),
  ].map((text): Line => [{ text, colour: 'yellow' }]);
}

/** Returns how many rows of each section fit. The longest section is shortened first. */
function fit(sections: readonly Section[], height: number): number[] {
  const counts = sections.map(({ total }) => total);
  // A section without rows is one sentence below an empty line.
  const fixed = sections.reduce((sum, { total }) => sum + (total === 0 ? 2 : overhead), 0);
  for (let excess = fixed + counts.reduce((sum, count) => sum + count, 0) - height; excess > 0; excess--) {
    const longest = Math.max(...counts);
    if (longest <= 1) break;
    counts[counts.indexOf(longest)] = longest - 1;
  }
  return counts;
}

function drawn({ title, none, total, draw }: Section, count: number, width: number | undefined): Line[] {
  if (total === 0) return ['', none];
  const shown = count < total ? `${title}: ${count} of ${total}` : `${title}: ${total}`;
  return ['', shown, ...draw(count, width)];
}
