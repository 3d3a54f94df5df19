import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { PageService, type NewPage } from './page.service';

@Controller('pages')
export class PageController {
  constructor(private readonly pages: PageService) {}

  @Post()
  async create(@Body() page: NewPage): Promise<{ id: string; excerpt: string }> {
    return this.pages.create(page);
  }

  @Get(':id/watchers')
  async watchers(@Param('id') id: string): Promise<string[]> {
    return this.pages.watchers(id);
  }
}
