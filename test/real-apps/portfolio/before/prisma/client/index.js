// Stands for the client that `prisma generate` writes for one model. It needs neither Prisma's engine nor WASM.
const { Pool } = require('pg');

class PrismaClient {
  constructor({ datasourceUrl, log = [] }) {
    this.pool = new Pool({ connectionString: datasourceUrl });
    this.levels = new Set(log.map(({ level }) => level));
    this.listeners = [];
    this.property = {
      upsert: (args) => this.upsertProperty(args),
      findUnique: (args) => this.findProperty(args),
    };
  }

  $on(event, listener) {
    if (!this.levels.has(event)) throw new Error(`The client does not log the event ${event}.`);
    this.listeners.push(listener);
  }

  async $connect() {
    // Of two processes that create a table at once, PostgreSQL refuses one.
    await this.$query(
      'select pg_advisory_xact_lock(17); create table if not exists property (key text primary key, value jsonb)',
    );
  }

  async $disconnect() {
    await this.pool.end();
  }

  async $query(query, params) {
    for (const listener of this.listeners) listener({ query });
    return this.pool.query(query, params);
  }

  async upsertProperty({ where: { key }, update: { value } }) {
    const text =
      'insert into property values ($1, $2) on conflict (key) do update set value = $2 returning *';
    return (await this.$query(text, [key, JSON.stringify(value)])).rows[0];
  }

  async findProperty({ where: { key } }) {
    return (await this.$query('select * from property where key = $1', [key])).rows[0] ?? null;
  }
}

module.exports = { PrismaClient };
