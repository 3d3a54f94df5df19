/** Runs commands on the server. It throws coded errors, and waits no longer than an enqueue does. */
export type Ask = <Answer>(question: () => Promise<Answer>) => Promise<Answer>;
