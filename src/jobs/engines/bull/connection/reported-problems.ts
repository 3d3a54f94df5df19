import { remindAfter } from '../../../values/reminder-times.js';

/**
 * The store's problems that were reported, and by which reporter. The connection and the queues may meet the same problem,
 * such as a wrong password. Only the one that meets it first reports it.
 */
export class ReportedProblems {
  private readonly reports = new Map<string, { readonly at: number; readonly by: object }>();

  /** Returns true if no other reporter has reported the problem within a minute. It then counts as reported by this one. */
  mayReport(code: string, reporter: object): boolean {
    const last = this.reports.get(code);
    if (last && last.by !== reporter && Date.now() - last.at < remindAfter) return false;
    this.reports.set(code, { at: Date.now(), by: reporter });
    return true;
  }
}
