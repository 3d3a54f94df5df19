import { Injectable } from '@nestjs/common';
import { Job, type JobContext } from 'nestjs-fledge';

@Injectable()
export class Notebook {
  write(note: string): void {
    console.log(`noted ${note}`);
  }
}

@Job()
export class NoteJob {
  constructor(private readonly notebook: Notebook) {}

  async perform({ note }: { note: string }, { attempt }: JobContext): Promise<void> {
    this.notebook.write(`${note}, attempt ${attempt}`);
  }
}
