import { Module } from '@nestjs/common';
import { JobsModule } from 'nestjs-fledge';
import { MailersModule } from 'nestjs-fledge/mailers';
import { Notebook, NoteJob } from './note.job.js';
import { NotesController } from './notes.controller.js';

@Module({
  imports: [
    JobsModule.forRoot({ url: process.env.JOBS_URL }),
    MailersModule.forRoot({ transport: process.env.SMTP_URL }),
  ],
  controllers: [NotesController],
  providers: [NoteJob, Notebook],
})
export class AppModule {}
