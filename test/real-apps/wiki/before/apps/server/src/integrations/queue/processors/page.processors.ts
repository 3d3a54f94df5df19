import { Processor } from '@nestjs/bullmq';
import { QueueName } from '../queue-names';
import { LoggedProcessor } from './logged.processor';

@Processor(QueueName.ATTACHMENT)
class AttachmentProcessor extends LoggedProcessor {}

@Processor(QueueName.BILLING)
class BillingProcessor extends LoggedProcessor {}

@Processor(QueueName.FILE_TASK)
class FileTaskProcessor extends LoggedProcessor {}

@Processor(QueueName.SEARCH, { concurrency: 2 })
class SearchProcessor extends LoggedProcessor {}

@Processor(QueueName.HISTORY)
class HistoryProcessor extends LoggedProcessor {}

@Processor(QueueName.NOTIFICATION)
class NotificationProcessor extends LoggedProcessor {}

@Processor(QueueName.AI)
class AiProcessor extends LoggedProcessor {}

@Processor(QueueName.AUDIT)
class AuditProcessor extends LoggedProcessor {}

@Processor(QueueName.EXPORT)
class ExportProcessor extends LoggedProcessor {}

export const pageProcessors = [
  AttachmentProcessor,
  BillingProcessor,
  FileTaskProcessor,
  SearchProcessor,
  HistoryProcessor,
  NotificationProcessor,
  AiProcessor,
  AuditProcessor,
  ExportProcessor,
];
