import { Body, Controller, Post } from '@nestjs/common';
import { JobsService, type JobReceipt } from 'nestjs-fledge';
import { NoteJob } from './note.job.js';

@Controller('notes')
export class NotesController {
  constructor(private readonly jobs: JobsService) {}

  @Post()
  async create(@Body() { note }: { note: string }): Promise<JobReceipt> {
    return this.jobs.enqueue(NoteJob, { note });
  }
}
