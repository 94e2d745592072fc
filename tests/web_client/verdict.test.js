import assert from "node:assert/strict";
import { test } from "node:test";

import { calledBy, findings } from "../../web_client/verdict.js";

test("only those are named with whom something is wrong, and nothing is said twice", () => {
  const report = /** @type {const} */ ({
    verdict: "broken",
    participants: [
      { id: "V00_S0809_I00000582_P0947", verdict: "good", problem: "", reasons: [] },
      { id: "V00_S0809_I00000582_P1275A", verdict: "broken", problem: "cut short", reasons: ["cut short", "silent"] },
    ],
  });
  const told = { ...report, participants: report.participants.map((person) => ({ ...person, reasons: [...person.reasons] })) };
  assert.deepEqual(findings(told), [{ who: "P1275A", reasons: ["cut short", "silent"] }]);
});

test("people are called by the part of a name that is theirs", () => {
  assert.equal(calledBy("V00_S0809_I00000582_P1275A"), "P1275A");
  assert.equal(calledBy("20231119_001_051"), "P001");
});
