import { FledgeError } from '../values/errors.js';
import { checkJson } from '../values/json/json-check.js';

/** A value that JSON can represent. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** The notes of a job, which its later attempts can read. */
export type JobNotes = Readonly<Record<string, JsonValue>>;

/** In bytes of JSON. Notes are read and written as a whole, so they are not a place for large data. */
const mostNotes = 16 * 1024;

/** The notes of one attempt: the notes of earlier attempts, and its own. */
export class Notebook {
  /** Always up to date, even for a `perform` that destructures its context. */
  readonly notes: Record<string, JsonValue>;

  /** @param job the job's name, for messages */
  constructor(
    earlier: JobNotes,
    private readonly job: string,
  ) {
    this.notes = { ...earlier };
  }

  /**
   * Keeps a copy of the value, so later changes to the job's object are not noted.
   *
   * @param value undefined removes the note
   * @throws FledgeError `FLEDGE_NOTE_INVALID`
   */
  write(key: string, value: JsonValue | undefined): void {
    const copy = value === undefined ? undefined : this.checked(key, value);
    if (copy === undefined) delete this.notes[key];
    else this.notes[key] = copy;
  }

  private checked(key: string, value: JsonValue): JsonValue | undefined {
    const notes: JobNotes = { ...this.notes, [key]: value };
    const check = checkJson(notes, 'note', mostNotes);
    if (check.state === 'checked') return check.value[key];
    if (check.state === 'unsafe')
      throw invalidNote(`${this.job} cannot note this: ${check.unsafe.path} ${check.unsafe.problem}.`);
    throw invalidNote(
      `${this.job} cannot note ${JSON.stringify(key)}: its notes would have more than ${mostNotes} bytes of JSON. Store the data and note its id.`,
    );
  }
}

function invalidNote(message: string): FledgeError {
  return new FledgeError('FLEDGE_NOTE_INVALID', message);
}
