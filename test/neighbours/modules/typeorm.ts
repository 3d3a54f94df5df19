import { Injectable, Module } from '@nestjs/common';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { Column, Entity, PrimaryGeneratedColumn, type Repository } from 'typeorm';
import { expectEqual, Probes } from '../probes.js';

@Entity()
class Note {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('text')
  text!: string;
}

@Injectable()
class TypeOrmProbe {
  readonly name = 'typeorm';

  constructor(
    probes: Probes,
    @InjectRepository(Note) private readonly notes: Repository<Note>,
  ) {
    probes.add(this);
  }

  async inRequest(): Promise<void> {
    await this.inJob();
  }

  async inJob(): Promise<void> {
    const { id } = await this.notes.save({ text: 'a note' });
    expectEqual((await this.notes.findOneByOrFail({ id })).text, 'a note', 'The stored note');
  }
}

@Module({
  imports: [
    TypeOrmModule.forRoot({ type: 'sqljs', synchronize: true, entities: [Note] }),
    TypeOrmModule.forFeature([Note]),
  ],
  providers: [TypeOrmProbe],
})
export class Neighbour {}
