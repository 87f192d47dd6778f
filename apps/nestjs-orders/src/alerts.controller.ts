import { Body, Controller, Get, Param, ParseIntPipe, Post } from '@nestjs/common';
import { AlertManager } from '@pg-observability/core';
import type { Alert } from '@pg-observability/core';

/** For whoever is on call. A real one asks who that is. */
@Controller('alerts')
export class AlertsController {
  constructor(private readonly alerts: AlertManager) {}

  @Get()
  list(): Promise<Alert[]> {
    return this.alerts.list();
  }

  @Post(':id/acknowledge')
  acknowledge(
    @Param('id', ParseIntPipe) id: number,
    @Body() { by, note }: { by: string; note?: string },
  ): Promise<Alert> {
    return this.alerts.acknowledge(id, by, note);
  }
}
