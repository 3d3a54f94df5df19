export type { EnqueuedJob, EnqueuedMail, PerformedJob, Recorded, SentMail } from './recorded.js';
