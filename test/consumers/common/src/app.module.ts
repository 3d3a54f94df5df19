import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { JobsModule } from 'nestjs-fledge';
import { MailersModule } from 'nestjs-fledge/mailers';
import { Clock } from './clock.js';
import { Notebook, NoteJob } from './note.job.js';
import { NotesController } from './notes.controller.js';

@Module({
  imports: [
    ScheduleModule.forRoot(),
    JobsModule.forRoot({ url: process.env.JOBS_URL, adoptCron: true }),
    MailersModule.forRoot({ transport: process.env.SMTP_URL }),
  ],
  controllers: [NotesController],
  providers: [NoteJob, Notebook, Clock],
})
export class AppModule {}
