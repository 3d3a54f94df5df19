import { FledgeError } from './errors.js';
import { findUnsafe } from './values/json-check.js';

/** What JSON can say. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** What a job has noted for its later attempts. */
export type JobNotes = Readonly<Record<string, JsonValue>>;

/** Bytes of JSON. They are read and written whole: a memory, no place for data. */
const mostNotes = 16 * 1024;

/** The notes of one attempt: what earlier ones noted, and what it notes itself. */
export class Notebook {
  /** Always the latest, also for a `perform` that has taken its context apart. */
  readonly notes: Record<string, JsonValue>;

  /** @param job its name, for messages */
  constructor(
    earlier: JobNotes,
    private readonly job: string,
  ) {
    this.notes = { ...earlier };
  }

  /**
   * @param value undefined takes the note away
   * @throws FledgeError `FLEDGE_NOTE_INVALID`
   */
  write(key: string, value: JsonValue | undefined): void {
    if (value === undefined) delete this.notes[key];
    else {
      this.check({ ...this.notes, [key]: value }, key);
      this.notes[key] = value;
    }
  }

  private check(notes: JobNotes, key: string): void {
    const unsafe = findUnsafe(notes, 'note');
    if (unsafe) throw invalid(`${this.job} cannot note this: ${unsafe.path} ${unsafe.problem}.`);
    const size = Buffer.byteLength(JSON.stringify(notes));
    if (size <= mostNotes) return;
    throw invalid(
      `${this.job} cannot note ${JSON.stringify(key)}: its notes would have ${size} bytes, the limit is ${mostNotes}. Store the data and note its id.`,
    );
  }
}

function invalid(message: string): FledgeError {
  return new FledgeError('FLEDGE_NOTE_INVALID', message);
}
