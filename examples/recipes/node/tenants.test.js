import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Tenants } from "./tenants.js";

const { TENANT_A: a, TENANT_B: b, APP_USER: user, OWNER_USER: owner } = process.env;

let tenants;
before(() => { tenants = new Tenants({ user, max: 2 }); });
after(() => tenants.close());

const names = async (client) => (await client.query("SELECT name FROM project ORDER BY name")).rows.map((r) => r.name);

test("each transaction sees its tenant only, many at once on few connections", async () => {
  const turns = Array.from({ length: 200 }, (_, i) => [a, b][i % 2]);
  await Promise.all(turns.map(async (tenant) => {
    const letter = tenant[0];
    assert.deepEqual(await tenants.in(tenant, names), [`${letter} 1`, `${letter} 2`, `${letter} 3`]);
  }));
});

test("failed work is rolled back and the connection comes back without tenant", async () => {
  const one = new Tenants({ user, max: 1 });
  await assert.rejects(one.in(a, async (client) => {
    await client.query("DELETE FROM project");
    throw new Error("no");
  }), /^Error: no$/);
  // The same connection, still without a tenant, and then with the other one.
  let seen;
  await assert.rejects(one.in("cccccccc-0000-4000-8000-000000000003", async () => { seen = true; }), { code: "42501" });
  assert.equal(seen, undefined);
  assert.equal((await one.in(b, names)).length, 3);
  assert.equal((await one.in(a, names)).length, 3);
  await one.close();
});

test("rows of another tenant cannot be written or removed", async () => {
  const removed = await tenants.in(a, (client) => client.query("DELETE FROM project WHERE tenant_id = $1", [b]));
  assert.equal(removed.rowCount, 0);
  await assert.rejects(tenants.in(a, (client) =>
    client.query("INSERT INTO project (tenant_id, name) VALUES ($1, 'x')", [b])), { code: "42501" });
});

test("a principal without membership cannot enter", async () => {
  await assert.rejects(tenants.in(a, names, { principal: "cccccccc-0000-4000-8000-000000000003" }), { code: "42501" });
});

test("the service does not start with a login that sees more", async () => {
  await tenants.checkLogin();
  const wrong = new Tenants({ user: owner });
  await assert.rejects(wrong.checkLogin());
  await wrong.close();
});
