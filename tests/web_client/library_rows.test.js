import assert from "node:assert/strict";
import { test } from "node:test";

import { KeptRows } from "../../web_client/library/kept_rows.js";
import { PAGE_ROWS, PagedRows } from "../../web_client/library/paged_rows.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A server that answers when it is told to, and knows who gave up. */
class Server {
  /** @type {{query: URLSearchParams, answer: () => void, refuse: (error: unknown) => void, signal: AbortSignal}[]} */
  asked = [];
  constructor(total) {
    this.total = total;
  }
  ask = (text, signal) =>
    new Promise((resolve, reject) => {
      const query = new URLSearchParams(text);
      signal.addEventListener("abort", () => reject(new DOMException("given up", "AbortError")));
      const [offset, limit] = [Number(query.get("offset")), Number(query.get("limit"))];
      const count = Math.max(0, Math.min(limit, this.total - offset));
      const interactions = Array.from({ length: count }, (_, place) => ({ key: `${query.get("text") ?? ""}${offset + place}` }));
      this.asked.push({ query, signal, refuse: reject, answer: () => resolve({ total: this.total, interactions }) });
    });
  async answer(place) {
    this.asked[place].answer();
    await settled();
  }
}

test("rows are there when their page came", async () => {
  const server = new Server(100);
  let changes = 0;
  const rows = new PagedRows(server.ask, () => (changes += 1));
  rows.look("");
  assert.equal(rows.state.kind, "asking");
  assert.equal(rows.answered, null);
  await server.answer(0);
  assert.equal(rows.state.kind, "listed");
  assert.equal(rows.total, 100);
  assert.equal(rows.row(3)?.key, "3");
  assert.equal(rows.row(PAGE_ROWS), null);
  rows.want(PAGE_ROWS - 1, PAGE_ROWS + 1);
  rows.want(PAGE_ROWS - 1, PAGE_ROWS + 1);
  assert.equal(server.asked.length, 2, "a page that is on its way is not asked for again");
  await server.answer(1);
  assert.equal(rows.row(PAGE_ROWS)?.key, String(PAGE_ROWS));
  assert.equal(changes, 3);
});

test("while somebody types, the server gets the first and the latest question, and only the latest is shown", async () => {
  const server = new Server(100);
  const rows = new PagedRows(server.ask, () => undefined);
  rows.look("");
  await server.answer(0);
  for (const text of ["text=m", "text=ma", "text=map"]) rows.look(text);
  assert.equal(server.asked.length, 2);
  assert.equal(rows.row(0)?.key, "0", "what was shown stays until the answer comes");
  await server.answer(1);
  assert.equal(rows.answered, "", "an answer that is too late is not shown");
  assert.deepEqual(server.asked.map(({ query }) => query.get("text")), [null, "m", "map"]);
  await server.answer(2);
  assert.equal(rows.answered, "text=map");
  assert.equal(rows.row(0)?.key, "map0");
});

test("a question that takes long is given up for the next one", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const server = new Server(100);
  const rows = new PagedRows(server.ask, () => undefined);
  rows.look("text=slow");
  rows.look("text=next");
  context.mock.timers.tick(200);
  await settled();
  assert.equal(server.asked[0].signal.aborted, true);
  await server.answer(1);
  assert.equal(rows.answered, "text=next");
  await server.answer(0);
  assert.equal(rows.answered, "text=next");
});

test("pages that nobody looks at any more are given up", async () => {
  const server = new Server(129_370);
  const rows = new PagedRows(server.ask, () => undefined);
  rows.look("");
  await server.answer(0);
  rows.want(50_000, 50_010);
  rows.want(90_000, 90_010);
  await settled();
  assert.equal(server.asked[1].signal.aborted, true);
  assert.equal(server.asked[2].query.get("offset"), "90000");
  await server.answer(2);
  assert.equal(rows.row(90_000)?.key, "90000");
  assert.equal(rows.state.kind, "listed");
});

test("however far somebody scrolls, so many pages are kept and those in sight are among them", async () => {
  const server = new Server(129_370);
  const rows = new PagedRows(server.ask, () => undefined);
  rows.look("");
  await server.answer(0);
  for (let page = 1; page < 120; page += 1) {
    rows.want(page * PAGE_ROWS, page * PAGE_ROWS + 1);
    await server.answer(page);
  }
  rows.want(119 * PAGE_ROWS, 119 * PAGE_ROWS + 1);
  assert.equal(rows.row(119 * PAGE_ROWS)?.key, String(119 * PAGE_ROWS));
  assert.equal(rows.row(0), null);
});

test("a refusal is told, with how long it took, and the same can be asked again", async () => {
  const server = new Server(10);
  const rows = new PagedRows(server.ask, () => undefined);
  rows.look("session=S");
  server.asked[0].refuse(new Error("no"));
  await settled();
  assert.equal(rows.state.kind, "refused");
  assert.ok(rows.state.waited_s >= 0);
  rows.look("session=S");
  await server.answer(1);
  assert.equal(rows.state.kind, "listed");
  rows.again();
  assert.equal(server.asked.length, 3);
});

test("another account of an interaction takes its place", async () => {
  const server = new Server(10);
  const rows = new PagedRows(server.ask, () => undefined);
  rows.look("");
  await server.answer(0);
  rows.replace({ key: "3", is_here: true });
  assert.equal(rows.row(3)?.is_here, true);
});

const told = (key, a) => ({ key, people: [{ participant: "V00_P1275A" }], prompt: { a, b: "" }, relationship: "stranger" });

test("kept interactions are asked for when they are looked at, a few at a time, and once", async () => {
  /** @type {[string, (told: object) => void][]} */
  const asked = [];
  const rows = new KeptRows((key) => new Promise((resolve) => asked.push([key, resolve])), () => undefined);
  const keys = Array.from({ length: 50 }, (_, place) => `K${place}`);
  rows.show(keys, []);
  assert.equal(rows.total, 50);
  assert.equal(rows.key(7), "K7");
  rows.want(0, 10);
  assert.deepEqual(asked.map(([key]) => key), ["K0", "K1", "K2"]);
  for (let place = 0; place < 10; place += 1) {
    asked[place][1](told(`K${place}`, "Your map."));
    await settled();
  }
  assert.equal(asked.length, 10);
  assert.equal(rows.row(9)?.prompt?.a, "Your map.");
  rows.want(0, 10);
  assert.equal(asked.length, 10);
});

test("words are looked for in what is known of kept interactions", async () => {
  const rows = new KeptRows(async (key) => {
    if (key === "gone") throw new Error("there is no such interaction");
    return told(key, key === "K1" ? "You lost your MAP." : "A dog.");
  }, () => undefined);
  rows.show(["K0", "K1", "gone"], []);
  rows.show(["K0", "K1", "gone"], ["map", "1275a"]);
  await settled();
  await settled();
  assert.equal(rows.total, 1);
  assert.equal(rows.key(0), "K1");
  rows.show(["K0", "K1", "gone"], ["gone"]);
  assert.equal(rows.key(0), "gone", "a key is known without asking");
  assert.equal(rows.row(0), null);
});
