/** What a client outside of the application has to know about a job class. */
export interface ManifestJob {
  readonly queue: string;
  readonly priority?: number;
  readonly aliases?: readonly string[];
  readonly unique?: ManifestUnique;
}

/** `UniqueOptions` as JSON. The compiler reads each text of a JSON file as `string`, so the values are checked at run time. */
export interface ManifestUnique {
  /** Names of fields, or `function` if the class has a function, which JSON cannot contain. Without it, the whole payload. */
  readonly by?: readonly string[] | string;
  readonly until?: string;
  readonly mode?: string;
  /** In milliseconds. */
  readonly for?: number;
}

export interface ManifestMailer {
  readonly actions: readonly string[];
}

/**
 * What `createJobsClient` has to know about an application: its queues, and its jobs and mailers under their stored names.
 * `writeJobsManifest` writes it to a file.
 */
export interface JobsManifest {
  readonly queues: readonly string[];
  readonly jobs: Readonly<Record<string, ManifestJob>>;
  readonly mailers: Readonly<Record<string, ManifestMailer>>;
}

/** Stands for a function in `unique.by`. */
export const byFunction = 'function';
