interface ReportsLoss {
  reportLoss(): void;
}

/** A process may end without closing its application, as commands that call `process.exit()` do. */
const open = new Set<ReportsLoss>();

function reportAll(): void {
  for (const store of open) store.reportLoss();
}

/** Reports the jobs that a store loses if the process exits before the store is closed. */
export function reportAtExit(store: ReportsLoss): void {
  if (open.size === 0) process.on('exit', reportAll);
  open.add(store);
}

export function closed(store: ReportsLoss): void {
  open.delete(store);
  if (open.size === 0) process.off('exit', reportAll);
}
