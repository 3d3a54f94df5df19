import { Module } from '@nestjs/common';
import { ImportCsvJob } from './import-csv.job.js';
import { ImportsController } from './imports.controller.js';
import { ImportsService } from './imports.service.js';

@Module({
  controllers: [ImportsController],
  providers: [ImportsService, ImportCsvJob],
})
export class ImportsModule {}
