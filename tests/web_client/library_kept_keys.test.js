import assert from "node:assert/strict";
import { test } from "node:test";

import { KeptKeys } from "../../web_client/library/kept_keys.js";

/** What a browser's store does, in memory. */
class Store {
  entries = new Map();
  getItem(name) {
    return this.entries.get(name) ?? null;
  }
  setItem(name, value) {
    this.entries.set(name, String(value));
  }
}

test("the newest is first, comes once, and the oldest is forgotten", () => {
  const store = new Store();
  const kept = new KeptKeys(store, "recent", 3);
  for (const key of ["a", "b", "a", "c", "d"]) kept.add(key);
  assert.deepEqual(kept.keys, ["d", "c", "a"]);
  assert.deepEqual(new KeptKeys(store, "recent", 3).keys, ["d", "c", "a"]);
});

test("a star is given and taken away", () => {
  const kept = new KeptKeys(new Store(), "starred", 10);
  assert.equal(kept.toggle("a"), true);
  assert.equal(kept.has("a"), true);
  assert.equal(kept.toggle("a"), false);
  assert.deepEqual(kept.keys, []);
});

test("two windows do not take each other's stars away", () => {
  const store = new Store();
  const one = new KeptKeys(store, "starred", 10);
  const other = new KeptKeys(store, "starred", 10);
  one.add("a");
  other.add("b");
  one.read();
  assert.deepEqual(one.keys, ["b", "a"]);
  one.remove("a");
  other.read();
  assert.deepEqual(other.keys, ["b"]);
});

test("nonsense in the store is no list, and a store that refuses is none", () => {
  for (const text of ["{", '{"a":1}', "null", "7"]) {
    const store = new Store();
    store.setItem("starred", text);
    assert.deepEqual(new KeptKeys(store, "starred", 10).keys, [], text);
  }
  const store = new Store();
  store.setItem("starred", '["a", 7, "", null, "a", "b"]');
  assert.deepEqual(new KeptKeys(store, "starred", 10).keys, ["a", "b"]);

  const full = { getItem: () => null, setItem: () => { throw new DOMException("full", "QuotaExceededError"); } };
  const kept = new KeptKeys(full, "starred", 10);
  kept.add("a");
  assert.equal(kept.has("a"), true, "for this visit");
  const without = new KeptKeys(null, "starred", 10);
  without.add("a");
  assert.deepEqual(without.keys, ["a"]);
});
