/** Redis itself said no, whatever the words; as opposed to the way there. */
function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** The server's own state, also when it comes from within a script. */
const ofServer =
  /\b(OOM|READONLY|MISCONF|NOPERM|NOAUTH|WRONGPASS|LOADING|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|NOSCRIPT|BUSY|TRYAGAIN|CROSSSLOT|MOVED|ASK|UNBLOCKED|maxmemory)\b|Script killed/;

/** What commands answer that meet other data than they expect, and what Lua, cjson and cmsgpack say about it. */
const ofData =
  /\bWRONGTYPE\b|\bis not (an integer|a valid float|a float|a number)|\bwould (overflow|produce NaN)|\bnot an integer or out of range|command arguments must be strings/;

/** A failure inside a script. Where the words begin with a code in capitals, a command of the script was refused. */
const ofScript = /user_script: ?\d+: /;
const ofCommandInScript = /user_script: ?\d+: -?[A-Z]+ /;

/**
 * Whether a script could not work with what it found in the store. Mostly that is one damaged job, and the store is
 * sound. The words alone do not prove it: the keys of the whole queue may be of the wrong type.
 */
export function isDataFault(error: unknown): error is Error {
  if (!isReply(error) || ofServer.test(error.message)) return false;
  return ofData.test(error.message) || isScriptFault(error.message);
}

function isScriptFault(words: string): boolean {
  return ofScript.test(words) && !ofCommandInScript.test(words);
}

/** Whether the store refuses (full, read-only, loading, …), so that the same command may succeed later. */
export function isRefusal(error: unknown): error is Error {
  return isReply(error) && !isDataFault(error);
}
