/** Whether Redis itself said no, as opposed to the way there. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}
