export enum QueueName {
  EMAIL = '{email-queue}',
  ATTACHMENT = '{attachment-queue}',
  GENERAL = '{general-queue}',
  BILLING = '{billing-queue}',
  FILE_TASK = '{file-task-queue}',
  SEARCH = '{search-queue}',
  HISTORY = '{history-queue}',
  NOTIFICATION = '{notification-queue}',
  AI = '{ai-queue}',
  AUDIT = '{audit-queue}',
  EXPORT = '{export-queue}',
}

export enum QueueJob {
  SEND_EMAIL = 'send-email',
  ADD_PAGE_WATCHERS = 'add-page-watchers',
  PAGE_CREATED = 'page-created',
}
