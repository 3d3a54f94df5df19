import {
  BadRequestException,
  Controller,
  Get,
  HttpCode,
  NotFoundException,
  Param,
  Post,
  UploadedFile,
  UseInterceptors,
} from '@nestjs/common';
import { FileInterceptor } from '@nestjs/platform-express';
import { JobsService } from 'nestjs-fledge';
import type { AirportsTable } from '../database/tables.js';
import { readAirportsCsv } from './airports-csv.js';
import { ImportCsvJob } from './import-csv.job.js';
import { ImportsService, type ImportProgress } from './imports.service.js';

interface Upload {
  readonly originalname: string;
  readonly buffer: Buffer;
}

@Controller()
export class ImportsController {
  constructor(
    private readonly imports: ImportsService,
    private readonly jobs: JobsService,
  ) {}

  /** `curl -F file=@airports.csv localhost:3000/imports` */
  @Post('imports')
  @HttpCode(202)
  @UseInterceptors(FileInterceptor('file', { limits: { fileSize: 20 * 1024 * 1024, files: 1 } }))
  async upload(@UploadedFile() file: Upload | undefined): Promise<ImportProgress> {
    if (!file) throw new BadRequestException(['The file is missing. Send the CSV as the form field "file".']);
    const csv = file.buffer.toString('utf8');
    const id = await this.imports.create(file.originalname, csv, countRows(csv));
    try {
      await this.jobs.enqueue(ImportCsvJob, { importId: id });
    } catch (error) {
      await this.imports.remove(id);
      throw error;
    }
    return this.show(id);
  }

  @Get('imports/:id')
  async show(@Param('id') id: string): Promise<ImportProgress> {
    const progress = await this.imports.progress(id);
    if (!progress) throw new NotFoundException(`There is no import ${id}`);
    return progress;
  }

  @Get('airports/:iata')
  async airport(@Param('iata') iata: string): Promise<AirportsTable> {
    const airport = await this.imports.airport(iata.toUpperCase());
    if (!airport) throw new NotFoundException(`There is no airport ${iata}. Import it first.`);
    return airport;
  }
}

function countRows(csv: string): number {
  try {
    return readAirportsCsv(csv).length;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BadRequestException([`The file is not a CSV file of airports: ${reason}.`]);
  }
}
