import { FledgeError } from '../values/errors.js';
import { checkJson } from '../values/json/json-check.js';

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
    else this.notes[key] = this.checked(key, value);
  }

  /** A copy: what the job does to its object afterwards is not noted. */
  private checked(key: string, value: JsonValue): JsonValue {
    const check = checkJson({ ...this.notes, [key]: value }, 'note', mostNotes);
    if (check.state === 'checked') return (check.value as Record<string, JsonValue>)[key]!;
    if (check.state === 'unsafe')
      throw invalid(`${this.job} cannot note this: ${check.unsafe.path} ${check.unsafe.problem}.`);
    throw invalid(
      `${this.job} cannot note ${JSON.stringify(key)}: its notes would have more than ${mostNotes} bytes of JSON. Store the data and note its id.`,
    );
  }
}

function invalid(message: string): FledgeError {
  return new FledgeError('FLEDGE_NOTE_INVALID', message);
}
