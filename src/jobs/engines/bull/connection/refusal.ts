/** True if Redis answered with an error, and false if the connection failed. */
function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** Errors about the state of the server. A command inside a script may cause them too. */
const ofServer =
  /\b(OOM|READONLY|MISCONF|NOPERM|NOAUTH|WRONGPASS|LOADING|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|NOSCRIPT|BUSY|TRYAGAIN|CROSSSLOT|MOVED|ASK|UNBLOCKED|maxmemory)\b|Script killed/;

/** Errors of commands, Lua, cjson and cmsgpack about data of an unexpected type. */
const ofData =
  /\bWRONGTYPE\b|\bis not (an integer|a valid float|a float|a number)|\bwould (overflow|produce NaN)|\bnot an integer or out of range|command arguments must be strings/;

/** A failure inside a script. If the message begins with a code in capitals, a command of the script was refused. */
const ofScript = /user_script: ?\d+: /;
const ofCommandInScript = /user_script: ?\d+: -?[A-Z]+ /;

/**
 * True if a script failed at the data that it found in the store. Usually one job is damaged and the store works. The
 * message alone does not prove that, because the keys of the whole queue may be of the wrong type.
 */
export function isDataFault(error: unknown): error is Error {
  if (!isReply(error) || ofServer.test(error.message)) return false;
  return ofData.test(error.message) || isScriptFault(error.message);
}

function isScriptFault(message: string): boolean {
  return ofScript.test(message) && !ofCommandInScript.test(message);
}

/** True if the store refuses commands (full, read-only, loading, …). The same command may succeed later. */
export function isRefusal(error: unknown): error is Error {
  return isReply(error) && !isDataFault(error);
}
