/** The port of Node's debugger if none is set. */
const usualPort = 9229;

/** Options that start Node's debugger. Their value is `port`, `host` or `host:port`. */
const inspecting = ['--inspect', '--inspect-brk', '--inspect-wait'];

/** Returns Node's options for a second process. It uses the next port for the debugger, because two cannot share one. */
export function withNextPort(nodeFlags: readonly string[]): string[] {
  return nodeFlags.map((flag) => {
    const [name = '', value = ''] = flag.split('=', 2);
    if (!inspecting.includes(name)) return flag;
    // Port 0 stands for any free port.
    const [, host = '', port = ''] = /^(?:(.*):)?(\d+)?$/.exec(value) ?? [value, value];
    const next = port === '0' ? 0 : Number(port || usualPort) + 1;
    return `${name}=${host === '' ? '' : `${host}:`}${next}`;
  });
}
