/** JSON, as Prisma types it. */
export type JsonValue = string | number | boolean | JsonObject | JsonArray | null;
export type JsonObject = { [Key in string]?: JsonValue };
export interface JsonArray extends Array<JsonValue> {}

export interface Property {
  key: string;
  value: JsonValue;
}

export interface PropertyDelegate {
  upsert(args: { where: { key: string }; create: Property; update: { value: JsonValue } }): Promise<Property>;
  findUnique(args: { where: { key: string } }): Promise<Property | null>;
}

export interface LogDefinition {
  emit: 'event';
  level: 'query';
}

export class PrismaClient {
  constructor(options: { datasourceUrl: string; log?: LogDefinition[] });
  readonly property: PropertyDelegate;
  $on(event: 'query', listener: (event: { query: string }) => void): void;
  $connect(): Promise<void>;
  $disconnect(): Promise<void>;
}
