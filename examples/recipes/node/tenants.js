// How a Node service works for one tenant at a time: every transaction enters
// its tenant, and there is no other way to the database. Copy it into your
// service.

import pg from "pg";

export class Tenants {
  #pool;

  // config is that of pg.Pool. With IAM authentication, password is a function
  // that returns a fresh token; pg calls it for every new connection.
  constructor(config) {
    this.#pool = new pg.Pool(config);
    // Without a listener an idle connection that breaks would end the process.
    this.#pool.on("error", (err) => console.error("idle database connection lost:", err.message));
  }

  // Refuses a login that sees more than one tenant. Call it before the service
  // listens.
  async checkLogin() {
    await this.#pool.query("SELECT tenancy.check_login()");
  }

  // Runs work(client) in a transaction that sees tenant's rows and nothing else,
  // on behalf of principal when one is given. Use the client for nothing else,
  // and await everything before work returns.
  async in(tenant, work, { principal } = {}) {
    const client = await this.#pool.connect();
    let broken;
    try {
      await client.query("BEGIN");
      if (principal === undefined) {
        await client.query("SELECT tenancy.enter($1)", [tenant]);
      } else {
        await client.query("SELECT tenancy.enter($1, $2)", [tenant, principal]);
      }
      const result = await work(client);
      await client.query("COMMIT");
      return result;
    } catch (err) {
      // A connection that cannot roll back must not go back to the pool.
      await client.query("ROLLBACK").catch((e) => { broken = e; });
      throw err;
    } finally {
      client.release(broken);
    }
  }

  async close() {
    await this.#pool.end();
  }
}
